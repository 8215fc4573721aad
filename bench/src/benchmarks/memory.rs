//! `memory`: what a server holds when nobody calls, and whether it grows when
//! many do.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::json;

use super::Benchmark;
use crate::load::{Load, Until};
use crate::report::{Goal, Report, Table};
use crate::server::{Output, Program, Server};
use crate::settings::Settings;
use crate::usage::Memory;

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "memory",
    run,
};

const PARTS: u64 = 10;
/// For threads to come to rest.
const REST: Duration = Duration::from_millis(300);

fn run(settings: &Settings) -> Result<Report> {
    let parts = settings.calls.clamp(1, PARTS);
    let baseline = watch(&settings.baseline, settings, 1)?;
    let subject = watch(&settings.subject, settings, parts)?;

    let title = format!("MB, after up to {} calls", settings.calls);
    let heads = ["", "calls", "resident", "anonymous", "file", "proportional"];
    let mut table = Table::new(title, &heads);
    for (name, samples) in [
        (&settings.baseline.name, &baseline),
        (&settings.subject.name, &subject),
    ] {
        for Sample { calls, memory } in samples {
            let Memory {
                resident,
                anonymous,
                file,
                proportional,
            } = *memory;
            let bytes = [resident, anonymous, file, proportional];
            let cells = bytes.map(|bytes| format!("{:.2}", megabytes(bytes)));
            table.row(name, [calls.to_string()].into_iter().chain(cells));
        }
    }
    Ok(Report {
        name: BENCHMARK.name,
        tables: vec![table],
        goals: goals(&subject),
        figures: json!({"baseline": baseline, "subject": subject}),
    })
}

/// Memory after a number of calls.
#[derive(Clone, Copy, Debug, Serialize)]
struct Sample {
    calls: u64,
    memory: Memory,
}

/// The first sample is of the idle server, the others come after tenths of the calls.
fn watch(program: &Program, settings: &Settings, parts: u64) -> Result<Vec<Sample>> {
    let mut server = Server::spawn(program, Output::Pipe)?;
    drop(server.connect()?);
    let sample = |calls| {
        std::thread::sleep(REST);
        let memory = Memory::of(server.pid());
        let memory = memory.context("This system does not tell the memory of a process")?;
        anyhow::Ok(Sample { calls, memory })
    };
    let mut samples = vec![sample(0)?];
    let mut load = Load::open(server.address(), program.call.clone(), settings.connections)?;
    let mut calls = 0;
    for part in 1..=parts {
        let target = settings.calls * part / PARTS.min(settings.calls);
        load.run(Until::Requests(target - calls))
            .with_context(|| format!("{} under load", program.name))?;
        calls = target;
        samples.push(sample(calls)?);
    }
    Ok(samples)
}

/// The first tenth is when a server takes what it needs under load. It is flat if
/// from then on it holds the same, but for some pages that the allocator moves.
fn goals(samples: &[Sample]) -> Vec<Goal> {
    let resident = |sample: &Sample| sample.memory.resident;
    let idle = samples.first().map(resident);
    let filled = samples.get(1).map(resident);
    let highest = samples.iter().skip(1).map(resident).max();
    let mut goals = Vec::new();
    if let Some(idle) = idle {
        goals.push(Goal::at_most(
            "resident when idle, MB",
            6.0,
            megabytes(idle),
        ));
    }
    if let Some((filled, highest)) = filled.zip(highest) {
        let growth = megabytes(highest.saturating_sub(filled));
        goals.push(Goal::at_most(
            "growth after the first tenth, MB",
            0.5,
            growth,
        ));
    }
    goals
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::{Sample, goals};
    use crate::usage::Memory;

    #[test]
    fn what_is_taken_under_first_load_is_no_growth_and_what_comes_later_is() {
        let samples = |resident: &[u64]| {
            let samples: Vec<_> = resident
                .iter()
                .map(|&resident| Sample {
                    calls: 0,
                    memory: Memory {
                        resident: resident * 1_000_000,
                        anonymous: 0,
                        file: 0,
                        proportional: 0,
                    },
                })
                .collect();
            goals(&samples)
                .iter()
                .map(|goal| goal.met)
                .collect::<Vec<_>>()
        };
        assert_eq!(samples(&[5, 9, 9, 9]), [true, true]);
        assert_eq!(samples(&[7, 9, 10, 9]), [false, false]);
    }
}
