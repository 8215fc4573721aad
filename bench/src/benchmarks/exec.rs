//! `exec`: how much of a bare server's speed is left.

use anyhow::Result;
use serde_json::json;

use super::Benchmark;
use crate::pairs::{self, Outcome, Pair};
use crate::report::{Goal, Report};
use crate::settings::Settings;

pub(super) const BENCHMARK: Benchmark = Benchmark { name: "exec", run };

fn run(settings: &Settings) -> Result<Report> {
    let mut report = Report::new(BENCHMARK.name, pairs::load(settings));
    for &output in &settings.outputs {
        let pairs = Pair::measure_all(settings, output)?;
        let outcome = Outcome::of(&pairs);
        let kind = output.name();
        report.tables.push(outcome.table(settings, kind));
        report.goals.extend([
            Goal::at_least(
                format!("requests/s, ratio, to a {kind}"),
                0.95,
                outcome.rate(),
            ),
            Goal::at_most(format!("p99, ratio, to a {kind}"), 1.2, outcome.p99()),
        ]);
        if let Some(figures) = report.figures.as_object_mut() {
            let outcome = serde_json::to_value(&outcome)?;
            figures.insert(kind.to_owned(), json!({"summary": outcome, "pairs": pairs}));
        }
    }
    Ok(report)
}
