//! What the log of one execution costs its caller.
//!
//! An execution is a span with two short fields, entered and left three times, and one
//! event with two fields. `cargo bench -p functions-core --bench logs` measures it
//! without a subscriber, with lines that are thrown away where they are made, and
//! with lines that go through the writer's thread to the null device. The last two
//! compare what a span costs by itself: here, with its fields written out, and in the
//! registry of `tracing-subscriber`, which holds nothing but that there is one.
//!
//! A subscriber is set once a process, so each of them is measured in its own.

#![expect(clippy::print_stdout, reason = "a benchmark tells what it measures")]

use std::fs::OpenOptions;
use std::hint::black_box;
use std::io;
use std::process::Command;

use functions_core::service::logs::{self, Format, Options};
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt as _;

const SETUP: &str = "LOGS_BENCH_SETUP";

const NULL: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

#[divan::bench(sample_count = 200, sample_size = 5000)]
fn execution() {
    let span = tracing::error_span!(
        target: "functions_core::execution",
        "execution",
        execution_id = black_box("0c9b5a34-7f5e-4a3c-9d67-7a2f10f6b3a1"),
        function_name = black_box("add_numbers"),
    );
    span.in_scope(|| black_box(()));
    span.in_scope(|| black_box(()));
    span.in_scope(|| {
        tracing::info!(
            target: "functions_core::execution",
            status = "success",
            duration_ms = black_box(0.012_375_f64),
            "Function executed"
        );
    });
}

#[divan::bench(sample_count = 200, sample_size = 5000)]
fn line_of_a_function() {
    tracing::info!(number = black_box(42_u64), "loaded {} rows", black_box(17));
}

fn main() -> io::Result<()> {
    let options = Options {
        format: Some(Format::Json),
        fields: vec![("deployment_id", "local-dev".to_owned())],
        ..Options::default()
    };
    let mut guard = None;
    let dispatch = match std::env::var(SETUP).as_deref() {
        Err(_) => return measure_each(),
        Ok("json, thrown away") => logs::subscriber(&options, io::sink()),
        Ok("json, thread, null device") => {
            let null = OpenOptions::new().write(true).open(NULL)?;
            let (dispatch, own) = logs::threaded(&options, null)?;
            guard = Some(own);
            dispatch
        }
        Ok("json, span without a line") => {
            let level = tracing::Level::ERROR;
            logs::subscriber(&Options { level, ..options }, io::sink())
        }
        Ok("registry alone, no lines") => Dispatch::new(tracing_subscriber::registry().with(Idle)),
        Ok(_) => Dispatch::none(),
    };
    let _ = tracing::dispatcher::set_global_default(dispatch);
    divan::main();
    if let Some(guard) = guard {
        println!("lines lost: {}", guard.lost_lines());
    }
    Ok(())
}

fn measure_each() -> io::Result<()> {
    for setup in [
        "no subscriber",
        "json, thrown away",
        "json, thread, null device",
        "json, span without a line",
        "registry alone, no lines",
    ] {
        println!("\n{setup}");
        let arguments = std::env::args_os().skip(1);
        Command::new(std::env::current_exe()?)
            .args(arguments)
            .env(SETUP, setup)
            .status()?;
    }
    Ok(())
}

struct Idle;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Idle {}
