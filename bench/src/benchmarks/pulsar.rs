//! `pulsar`: requests on Apache Pulsar through whole hosts, beside a bare loop of a client
//! and beside Pulsar Functions.
//!
//! All of it runs in functions-host's own bench, which has the client. One broker serves
//! them in turns.

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Benchmark;
use crate::host::cargo_told;
use crate::report::{Goal, Report, Table};
use crate::settings::Settings;
use crate::statistics::Summary;

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "pulsar",
    run,
};

/// What says where a broker is, or how one is made: `cargo xtask bench pulsar` finds out.
const BROKERS: [&str; 3] = [
    "FUNCTIONS_TEST_PULSAR_URL",
    "FUNCTIONS_TEST_PULSAR_HOME",
    "FUNCTIONS_TEST_DOCKER",
];

/// Names a host that is not to be built from here.
const HOST: &str = "FUNCTIONS_BENCH_HOST";

#[derive(Deserialize)]
struct Measured {
    requests: usize,
    tenants: usize,
    throughput: Throughput,
    latency: Latency,
    memory: Memory,
}

#[derive(Deserialize)]
struct Throughput {
    one: Rates,
    five: Rates,
    cpu_us: CpuTimes,
}

/// Requests per second. Those that stand at the same place are of one round.
#[derive(Deserialize)]
struct Rates {
    host: Vec<f64>,
    bare: Vec<f64>,
    #[serde(default)]
    java: Vec<f64>,
}

#[derive(Deserialize)]
struct CpuTimes {
    one: Times,
    five: Times,
}

/// CPU time for each request, where the system tells.
#[derive(Deserialize)]
struct Times {
    host: Vec<Option<f64>>,
    bare: Vec<Option<f64>>,
    #[serde(default)]
    java: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct Latency {
    per_second: f64,
    seconds: u64,
    host: Latencies,
    bare: Latencies,
}

#[derive(Deserialize)]
struct Latencies {
    p50_ms: f64,
    p99_ms: f64,
    greatest_ms: f64,
}

#[derive(Deserialize)]
struct Memory {
    topics: u64,
    with_one: Option<u64>,
    with_all: Option<u64>,
}

fn run(settings: &Settings) -> Result<Report> {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !BROKERS.iter().any(is_set) {
        eprintln!(
            "pulsar is left out, since there is no broker: `cargo xtask bench pulsar` looks \
             for one.\n"
        );
        return Ok(Report::new(BENCHMARK.name, json!("left out: no broker")));
    }
    let rounds = settings.pairs.to_string();
    let bench = ["bench", "--package", "functions-host", "--bench", "pulsar"];
    let arguments = [&bench[..], &["--", "--rounds", &rounds]].concat();
    let host = settings.host.as_deref();
    let told: Vec<_> = host.map(|host| (HOST, host)).into_iter().collect();
    let printed = cargo_told(&arguments, &told)?;
    let figures: Value = serde_json::from_slice(&printed)
        .context("functions-host's bench printed what are no samples")?;
    let measured = Measured::deserialize(&figures).context("samples are lacking")?;
    let mut report = report(&measured);
    report.figures = figures;
    Ok(report)
}

fn report(measured: &Measured) -> Report {
    let Measured {
        requests,
        tenants,
        throughput,
        latency,
        memory,
    } = measured;
    let mut report = Report::new(BENCHMARK.name, Value::Null);
    let mut table = Table::new(
        format!("{requests} requests in a round: median (least … greatest)"),
        &["", "per second", "the host, ratio", "µs of CPU each"],
    );
    let Throughput { one, five, cpu_us } = throughput;
    let several = format!("{tenants} tenants");
    for (of, rates, cpu) in [
        ("one tenant", one, &cpu_us.one),
        (&several, five, &cpu_us.five),
    ] {
        let host = [per_second(&rates.host), String::new(), time(&cpu.host)];
        table.row(format!("host, {of}"), host);
        for (name, goal, others, cpu) in [
            ("a bare loop", 0.9, &rates.bare, &cpu.bare),
            ("Pulsar Functions", 1.0, &rates.java, &cpu.java),
        ] {
            if others.is_empty() {
                continue;
            }
            let pairs = rates.host.iter().zip(others);
            let ratio = Summary::of(pairs.map(|(host, other)| host / other));
            let cells = [per_second(others), format!("{ratio:.2}"), time(cpu)];
            table.row(format!("{name}, {of}"), cells);
            let what = format!("requests/s of {of}, ratio to {name}");
            report.goals.push(Goal::at_least(what, goal, ratio.median));
        }
    }
    report.tables.push(table);
    let mut table = Table::new(
        format!(
            "from when a request is due until its completion is read, {:.0} per second for {} s, ms",
            latency.per_second, latency.seconds
        ),
        &["", "p50", "p99", "greatest"],
    );
    for (name, of) in [("host", &latency.host), ("a bare loop", &latency.bare)] {
        let cells = [of.p50_ms, of.p99_ms, of.greatest_ms];
        table.row(name, cells.map(|ms| format!("{ms:.2}")));
    }
    report.tables.push(table);
    if let (Some(one), Some(all)) = (memory.with_one, memory.with_all) {
        let mut table = Table::new(
            format!("resident memory of a host, {} topics more", memory.topics),
            &["", "before, MiB", "after, MiB", "KiB a topic"],
        );
        let each = all.saturating_sub(one) as f64 / 1024.0 / memory.topics as f64;
        let mib = |bytes: u64| format!("{:.1}", bytes as f64 / f64::from(1 << 20));
        table.row("host", [mib(one), mib(all), format!("{each:.1}")]);
        report.tables.push(table);
    }
    report
}

fn per_second(rates: &[f64]) -> String {
    format!("{:.0}", Summary::of(rates.iter().copied()))
}

fn time(times: &[Option<f64>]) -> String {
    format!("{:.0}", Summary::of(times.iter().copied().flatten()))
}

#[cfg(test)]
mod tests {
    use super::{Measured, report};
    use serde_json::json;

    #[test]
    fn a_ratio_is_taken_within_its_round_and_who_was_left_out_has_none() {
        let measured: Measured = serde_json::from_value(json!({
            "requests": 1, "tenants": 5,
            "throughput": {
                "one": {"host": [8.0, 45.0, 9.0], "bare": [10.0, 50.0, 10.0], "java": []},
                "five": {"host": [10.0], "bare": [20.0]},
                "cpu_us": {
                    "one": {"host": [null], "bare": [1.0], "java": []},
                    "five": {"host": [1.0], "bare": [1.0]},
                },
            },
            "latency": {
                "per_second": 1.0, "seconds": 1,
                "host": {"p50_ms": 1.0, "p99_ms": 2.0, "greatest_ms": 3.0},
                "bare": {"p50_ms": 1.0, "p99_ms": 2.0, "greatest_ms": 3.0},
            },
            "memory": {"topics": 1000, "with_one": null, "with_all": 1},
        }))
        .unwrap();
        let report = report(&measured);
        let measured: Vec<_> = report.goals.iter().map(|goal| goal.measured).collect();
        assert_eq!(measured, [0.9, 0.5]);
        assert_eq!(report.tables.len(), 2);
    }
}
