//! `startup`: how long a caller of a server that is not there yet has to wait, as the first
//! one does of a server that was scaled to zero.
//!
//! The clock starts before the process is spawned and stops at the answer of its
//! first call, which comes from a loop that tries to connect without a pause. The
//! operating system's own share is in it: the baseline shows how much that is.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::Benchmark;
use crate::report::{Goal, Report, Table};
use crate::server::{Output, Program, Server};
use crate::settings::Settings;
use crate::statistics::Summary;

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "startup",
    run,
};

fn run(settings: &Settings) -> Result<Report> {
    let (mut baseline, mut subject) = (Vec::new(), Vec::new());
    // The first of each reads the program from the disk.
    start(&settings.baseline)?;
    start(&settings.subject)?;
    for _ in 0..settings.runs {
        baseline.push(start(&settings.baseline)?);
        subject.push(start(&settings.subject)?);
    }
    let pairs = baseline.iter().zip(&subject);
    let ratio = Summary::of(pairs.map(|(baseline, subject)| subject / baseline));
    let (baseline, subject) = (Summary::of(baseline), Summary::of(subject));

    let title = format!("spawn to first answer, {} starts, ms", settings.runs);
    let mut table = Table::new(title, &["", "least", "median", "p90", "greatest"]);
    for (name, of) in [
        (&settings.baseline.name, baseline),
        (&settings.subject.name, subject),
    ] {
        let figures = [of.min, of.median, of.p90, of.max];
        table.row(name, figures.map(|figure| format!("{figure:.2}")));
    }
    let figures = [ratio.min, ratio.median, ratio.p90, ratio.max];
    table.row(
        "ratio of two in turn",
        figures.map(|figure| format!("{figure:.2}")),
    );
    let goal = Goal::at_most("spawn to first answer, median, ms", 5.0, subject.median);
    Ok(Report {
        name: BENCHMARK.name,
        tables: vec![table],
        goals: vec![goal],
        figures: json!({"baseline_ms": baseline, "subject_ms": subject, "ratio": ratio}),
    })
}

/// In milliseconds.
pub(super) fn start(program: &Program) -> Result<f64> {
    let mut server = Server::spawn(program, Output::File)?;
    let taken = server
        .first_answer(&program.call)
        .with_context(|| format!("the start of {}", program.name))?;
    Ok(taken.as_secs_f64() * 1e3)
}
