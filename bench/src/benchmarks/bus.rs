//! `bus`: events through the embedded bus of a host, each on the disk before it is
//! acknowledged.
//!
//! What bounds it is how often the disk takes something for good, so that is measured
//! beside it, in turns.

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::{Map, json};

use super::Benchmark;
use crate::host::cargo;
use crate::report::{Report, Table};
use crate::settings::Settings;
use crate::statistics::Summary;

pub(super) const BENCHMARK: Benchmark = Benchmark { name: "bus", run };

/// Samples that stand at the same place were taken one after the other.
#[derive(Deserialize)]
struct Samples {
    in_flight: usize,
    synced_writes_per_second: Vec<f64>,
    bus_events_per_second: Vec<f64>,
    with_history_events_per_second: Vec<f64>,
}

fn run(_: &Settings) -> Result<Report> {
    let printed = cargo(&["bench", "--package", "functions-host", "--bench", "bus"])?;
    let samples: Samples = serde_json::from_slice(&printed)
        .context("functions-host's bench printed what are no samples")?;
    Ok(report(&samples))
}

fn report(samples: &Samples) -> Report {
    let summary = |samples: &[f64]| Summary::of(samples.iter().copied());
    let disk = &samples.synced_writes_per_second;
    let mut table = Table::new(
        format!("per second, {} at once", samples.in_flight),
        &["", "median (least … greatest)", "ratio to the disk"],
    );
    let synced = summary(disk);
    table.row(
        "writes of the disk, each synced",
        [format!("{synced:.0}"), String::new()],
    );
    let mut figures = Map::new();
    figures.insert("in_flight".to_owned(), json!(samples.in_flight));
    figures.insert("synced_writes".to_owned(), json!(synced));
    for (what, key, rates) in [
        (
            "events, the bus alone",
            "bus",
            &samples.bus_events_per_second,
        ),
        (
            "events, with the history",
            "with_history",
            &samples.with_history_events_per_second,
        ),
    ] {
        let rate = summary(rates);
        let pairs = rates.iter().zip(disk);
        let ratio = Summary::of(pairs.map(|(events, writes)| events / writes));
        table.row(what, [format!("{rate:.0}"), format!("{ratio:.1}")]);
        let figure = json!({"per_second": rate, "to_disk": ratio});
        figures.insert(key.to_owned(), figure);
    }
    let mut report = Report::new(BENCHMARK.name, figures.into());
    report.tables.push(table);
    report
}
