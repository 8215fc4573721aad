//! `events`: what it costs a call that its server announces itself.
//!
//! Both are the same server. The baseline is told to announce nothing; the subject
//! tells a broker every second that it lives, sixty times as often as it would by
//! default.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use super::Benchmark;
use crate::pairs::{self, Outcome, Pair};
use crate::report::{Goal, Report};
use crate::server::{Output, Program, Server};
use crate::settings::Settings;

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "events",
    run,
};

/// The variables that name a broker begin with it.
const BROKER: &str = "CRBR_RABBITMQ_";

const PATIENCE: Duration = Duration::from_secs(10);

fn run(settings: &Settings) -> Result<Report> {
    let mut report = Report::new(BENCHMARK.name, pairs::load(settings));
    let broker: Vec<_> = std::env::vars_os()
        .filter(|(name, _)| name.to_str().is_some_and(|name| name.starts_with(BROKER)))
        .collect();
    if broker.is_empty() {
        eprintln!(
            "events is left out, since no broker is named: set CRBR_RABBITMQ_HOSTNAME, \
             CRBR_RABBITMQ_USERNAME and CRBR_RABBITMQ_PASSWORD. rabbitmq-docker has one.\n"
        );
        report.figures = json!("left out: no broker is named");
        return Ok(report);
    }
    let settings = on_and_off(settings, broker);
    must_connect(&settings.subject)?;
    let output = Output::File;
    let pairs = Pair::measure_all(&settings, output)?;
    let outcome = Outcome::of(&pairs);
    report.tables.push(outcome.table(&settings, output.name()));
    report.goals.extend([
        Goal::at_least("requests/s, ratio", 0.98, outcome.rate()),
        Goal::at_most("p99, ratio", 1.05, outcome.p99()),
    ]);
    if let Some(figures) = report.figures.as_object_mut() {
        figures.insert("summary".to_owned(), serde_json::to_value(&outcome)?);
        figures.insert("pairs".to_owned(), serde_json::to_value(&pairs)?);
    }
    Ok(report)
}

/// The server under test twice: with a broker, and told to ignore it.
fn on_and_off(settings: &Settings, broker: Vec<(OsString, OsString)>) -> Settings {
    let mut settings = settings.clone();
    let mut environment = settings.subject.environment.clone();
    environment.extend(broker);
    let with = |name: &str, variable: &str, value: &str| {
        let mut environment = environment.clone();
        environment.push((variable.into(), value.into()));
        Program {
            name: name.to_owned(),
            environment,
            ..settings.subject.clone()
        }
    };
    let off = with("events off", "CRBR_ENABLE_EVENTS", "false");
    let on = with("events on", "CRBR_HEALTH_CHECK_INTERVAL", "1");
    (settings.baseline, settings.subject) = (off, on);
    settings
}

/// Nothing would be measured if nothing were published.
fn must_connect(program: &Program) -> Result<()> {
    let mut server = Server::spawn(program, Output::Pipe)?;
    let since = Instant::now();
    loop {
        let mut stream = server.connect()?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /ready HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.contains(r#""rabbitmq_connected":true"#) {
            return Ok(());
        }
        ensure!(
            since.elapsed() < PATIENCE,
            "the broker that CRBR_RABBITMQ_HOSTNAME names cannot be connected to: {answer}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}
