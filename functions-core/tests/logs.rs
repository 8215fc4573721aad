//! Logs of a whole process: its standard output, and the subscriber that is its own.
//!
//! Each test starts this program once more in a role, since a process has one
//! subscriber and one standard output.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test tells how it went, and ends where it goes wrong"
)]

use std::fmt;
use std::io::{self, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use functions_core::service::logs::{self, Format, Options};
use serde_json::Value;
use tracing::Level;

const ROLE: &str = "LOGS_TEST_ROLE";

fn main() {
    match std::env::var(ROLE).as_deref() {
        Ok("log") => log(),
        Ok("log without end") => log_without_end(),
        Ok("own subscriber") => own_subscriber(),
        Ok(other) => panic!("no role {other}"),
        Err(_) => {
            for (name, test) in [
                (
                    "what_is_logged_until_the_guard_goes_is_on_standard_output",
                    what_is_logged_until_the_guard_goes_is_on_standard_output as fn(),
                ),
                (
                    "a_closed_standard_output_does_not_end_the_process",
                    a_closed_standard_output_does_not_end_the_process,
                ),
                (
                    "a_standard_output_that_nobody_reads_does_not_hold_up_the_process",
                    a_standard_output_that_nobody_reads_does_not_hold_up_the_process,
                ),
                (
                    "a_subscriber_that_is_there_already_is_kept",
                    a_subscriber_that_is_there_already_is_kept,
                ),
            ] {
                println!("test {name} ...");
                test();
                println!("test {name} ... ok");
            }
        }
    }
}

fn start(role: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .env(ROLE, role)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn text_of(mut reader: impl io::Read) -> String {
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    text
}

/// A value that logs while it is written out.
struct Chatty;

impl fmt::Debug for Chatty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tracing::info!("from inside");
        f.write_str("chatty")
    }
}

/// Standard output is a pipe here, so the format is JSON without being asked for.
fn log() {
    let options = Options {
        level: Level::DEBUG,
        fields: vec![("deployment_id", "blue".to_owned())],
        ..Options::default()
    };
    let guard = logs::init(&options).unwrap().unwrap();
    assert!(logs::init(&options).unwrap().is_none());
    let span = tracing::info_span!("span", of = "span");
    let inside = span.enter();
    tracing::info!(value = ?Chatty, "from outside");
    log::debug!(target: "library", "from a {}", "library");
    log::trace!(target: "library", "not logged");
    log::info!(target: "mio::poll", "logged");
    log::debug!(target: "mio::poll", "not logged");
    drop(inside);
    for number in 0..10_000 {
        tracing::info!(number, "many");
    }
    drop(guard);
    std::process::exit(0);
}

fn what_is_logged_until_the_guard_goes_is_on_standard_output() {
    let output = start("log").wait_with_output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let messages: Vec<_> = lines.iter().map(|line| &line["message"]).take(5).collect();
    assert_eq!(
        messages,
        [
            "from inside",
            "from outside",
            "from a library",
            "logged",
            "many"
        ]
    );
    assert_eq!(lines[1]["value"], "chatty");
    assert_eq!(
        (&lines[2]["target"], &lines[2]["level"]),
        (&"library".into(), &"DEBUG".into())
    );
    assert_eq!(lines[2]["of"], "span");
    assert!(
        !lines[2]
            .as_object()
            .unwrap()
            .keys()
            .any(|key| key.starts_with("log."))
    );
    assert!(lines.iter().all(|line| line["deployment_id"] == "blue"));
    let numbers = lines.iter().filter_map(|line| line["number"].as_u64());
    assert!(numbers.eq(0..10_000));
}

/// More than any pipe holds, then a word on standard error.
fn log_without_end() {
    let options = Options {
        buffer_bytes: 64 * 1024,
        ..Options::default()
    };
    let guard = logs::init(&options).unwrap().unwrap();
    let mut told = io::stderr();
    while guard.lost_lines() == 0 {
        tracing::info!(value = "x".repeat(1000), "line");
    }
    for number in 0..1000 {
        tracing::info!(number, "line");
    }
    drop(guard);
    tracing::info!("after the guard");
    writeln!(told, "still there").unwrap();
}

fn a_closed_standard_output_does_not_end_the_process() {
    let mut child = start("log without end");
    drop(child.stdout.take());
    assert_eq!(text_of(child.stderr.take().unwrap()), "still there\n");
    assert!(child.wait().unwrap().success());
}

fn a_standard_output_that_nobody_reads_does_not_hold_up_the_process() {
    let mut child = start("log without end");
    let stdout = child.stdout.take().unwrap();
    // Ends when the process does, and it does not wait for this side.
    assert_eq!(text_of(child.stderr.take().unwrap()), "still there\n");
    assert!(child.wait().unwrap().success());
    let text = text_of(stdout);
    assert!(text.starts_with("{\"timestamp\":"), "{text}");
}

#[derive(Clone, Default)]
struct Own(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Own {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let target = event.metadata().target().to_owned();
        self.0.lock().unwrap().push(target);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

fn own_subscriber() {
    let own = Own::default();
    tracing::subscriber::set_global_default(own.clone()).unwrap();
    let options = Options {
        format: Some(Format::Json),
        ..Options::default()
    };
    assert!(logs::init(&options).unwrap().is_none());
    tracing::info!(target: "mine", "line");
    assert_eq!(*own.0.lock().unwrap(), ["mine"]);
}

fn a_subscriber_that_is_there_already_is_kept() {
    let output = start("own subscriber").wait_with_output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
}
