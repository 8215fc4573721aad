//! `engine`: what limits, fairness and accounts cost an execution.
//!
//! All is measured in one process, that of functions-host's own bench, which takes turns
//! between four: a bare loop over wasmtime's pool as it comes, on the threads of the caller;
//! the same over a pool with the settings of the engine; that on threads of its own, so that
//! no guest holds up its caller; and the engine, which has such threads too. What lies
//! between the second and the third is what the way to another thread and back costs.

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::json;

use super::Benchmark;
use crate::host::cargo;
use crate::report::{Goal, Report, Table};
use crate::settings::Settings;
use crate::statistics::Summary;

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "engine",
    run,
};

/// One number of executions at once; samples that stand at the same place were taken one
/// after the other.
#[derive(Deserialize)]
struct Samples {
    in_flight: usize,
    bare_us: Vec<f64>,
    tuned_us: Vec<f64>,
    handed_over_us: Vec<f64>,
    engine_us: Vec<f64>,
}

fn run(_: &Settings) -> Result<Report> {
    let printed = cargo(&["bench", "--package", "functions-host", "--bench", "engine"])?;
    let samples: Vec<Samples> = serde_json::from_slice(&printed)
        .context("functions-host's bench printed what is no list of samples")?;
    report(&samples)
}

fn report(samples: &[Samples]) -> Result<Report> {
    const TIMES: [&str; 5] = ["in flight", "bare", "tuned", "own threads", "engine"];
    const RATIOS: [&str; 4] = ["in flight", "bare", "tuned", "own threads"];
    let mut times = Table::new("µs an execution: median (least … greatest)", &TIMES);
    let mut ratios = Table::new("the engine, ratio to each", &RATIOS);
    let mut goals = Vec::new();
    let mut figures = Vec::new();
    for of in samples {
        let in_flight = of.in_flight.to_string();
        let others = [&of.bare_us, &of.tuned_us, &of.handed_over_us];
        let summary = |samples: &Vec<f64>| Summary::of(samples.iter().copied());
        let took = others.map(summary);
        let engine = summary(&of.engine_us);
        let cells = took.into_iter().chain([engine]);
        times.row(&in_flight, cells.map(|took| format!("{took:.2}")));
        let [bare, tuned, own] = others.map(|to| ratio(&of.engine_us, to));
        ratios.row(
            &in_flight,
            [bare, tuned, own].map(|ratio| format!("{ratio:.2}")),
        );
        for (ratio, to) in [(bare, "a bare loop"), (own, "one on threads of its own")] {
            let what = format!("{in_flight} in flight, ratio to {to}");
            goals.push(Goal::at_most(what, 1.2, ratio.median));
        }
        let [bare_us, tuned_us, own_us] = took;
        figures.push(json!({
            "in_flight": of.in_flight,
            "us": {"bare": bare_us, "tuned": tuned_us, "own_threads": own_us, "engine": engine},
            "ratio": {"bare": bare, "tuned": tuned, "own_threads": own},
        }));
    }
    Ok(Report {
        name: BENCHMARK.name,
        tables: vec![times, ratios],
        goals,
        figures: figures.into(),
    })
}

fn ratio(of: &[f64], to: &[f64]) -> Summary {
    Summary::of(of.iter().zip(to).map(|(of, to)| of / to))
}

#[cfg(test)]
mod tests {
    use super::{Samples, report};

    #[test]
    fn a_ratio_is_taken_within_its_round() {
        let samples = Samples {
            in_flight: 8,
            bare_us: vec![1.0, 10.0, 2.0],
            tuned_us: vec![1.0],
            handed_over_us: vec![2.0, 20.0, 4.0],
            engine_us: vec![1.1, 11.0, 2.2],
        };
        let goals = report(&[samples]).unwrap().goals;
        let measured: Vec<_> = goals.iter().map(|goal| goal.measured).collect();
        assert!((measured[0] - 1.1).abs() < 1e-9, "{measured:?}");
        assert!((measured[1] - 0.55).abs() < 1e-9, "{measured:?}");
    }
}
