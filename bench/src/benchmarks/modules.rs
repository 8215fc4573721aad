//! `modules`: what a host of many modules costs, and what one tenant notices of another.
//!
//! A host with a thousand modules is started and asked for one of them, beside one that
//! has that one alone. Then each is called once, which says how much memory a module takes
//! that is not used. How long a module of 1 MB takes that is on the disk and not in memory
//! is measured within a process, by functions-host's own bench.

mod neighbours;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::json;

use super::{Benchmark, startup};
use crate::call::Call;
use crate::host::{Host, cargo};
use crate::http::{request, upload};
use crate::report::{Goal, Report, Table};
use crate::server::Server;
use crate::settings::Settings;
use crate::statistics::Summary;
use crate::usage::Memory;

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "modules",
    run,
};

const MODULES: usize = 1000;
const KIND: &str = "application/octet-stream";
/// For threads to come to rest.
const REST: Duration = Duration::from_millis(300);

fn run(settings: &Settings) -> Result<Report> {
    let many = registered(settings, "many", MODULES)?;
    let one = registered(settings, "one", 1)?;
    let mut report = Report::new(BENCHMARK.name, json!({}));
    let figures = json!({
        "start": start(settings, &many, &one, &mut report)?,
        "memory": memory(&many, &mut report)?,
        "cold": cold(&mut report)?,
        "neighbours": neighbours::run(settings, &many, &mut report)?,
    });
    report.figures = figures;
    Ok(report)
}

/// A host with so many modules, each of its own bytes.
fn registered(settings: &Settings, name: &str, modules: usize) -> Result<Host> {
    let host = Host::build(settings, name)?;
    let server = host.start(&[])?;
    for number in 0..modules {
        upload(server.address(), &id(number), &module(number)?)?;
    }
    Ok(host)
}

fn id(number: usize) -> String {
    format!("module-{number}")
}

fn path(number: usize) -> String {
    format!("POST /api/v1/wasm-modules/{}/invoke", id(number))
}

/// A module that answers with its number.
fn module(number: usize) -> Result<Vec<u8>> {
    let text = format!(
        r#"(module
            (memory (export "memory") 17)
            (data (i32.const 2048) "{number}\00")
            (func (export "allocate") (param i32) (result i32) (i32.const 4096))
            (func (export "run") (param i32 i32) (result i32) (i32.const 2048)))"#
    );
    wat::parse_str(text).context("a module is wrong")
}

fn start(
    settings: &Settings,
    many: &Host,
    one: &Host,
    report: &mut Report,
) -> Result<serde_json::Value> {
    let call = Call::of(&path(0), KIND, "", "0");
    let of_many = many.program("1,000 modules", &[], call.clone());
    let of_one = one.program("1 module", &[], call);
    // The first of each reads the program from the disk.
    startup::start(&of_one)?;
    startup::start(&of_many)?;
    let (mut baseline, mut subject) = (Vec::new(), Vec::new());
    for _ in 0..settings.runs {
        baseline.push(startup::start(&of_one)?);
        subject.push(startup::start(&of_many)?);
    }
    let [baseline, subject] = [baseline, subject].map(Summary::of);
    let title = format!(
        "spawn to the first answer of a module, {} starts, ms",
        settings.runs
    );
    let mut table = Table::new(title, &["", "least", "median", "p90", "greatest"]);
    for (name, of) in [(&of_one.name, baseline), (&of_many.name, subject)] {
        let figures = [of.min, of.median, of.p90, of.max];
        table.row(name, figures.map(|figure| format!("{figure:.2}")));
    }
    report.tables.push(table);
    let what = "start with 1,000 modules, median, ms";
    report.goals.push(Goal::at_most(what, 50.0, subject.median));
    Ok(json!({"one_ms": baseline, "many_ms": subject}))
}

/// What a module takes that was called once and waits.
fn memory(host: &Host, report: &mut Report) -> Result<serde_json::Value> {
    let server = host.start(&[])?;
    call(&server, 0)?;
    let before = measured(&server)?;
    for number in 1..MODULES {
        call(&server, number)?;
    }
    let after = measured(&server)?;
    let each = |of: fn(&Memory) -> u64| {
        of(&after).saturating_sub(of(&before)) as f64 / 1024.0 / (MODULES - 1) as f64
    };
    let resident = each(|memory| memory.resident);
    let anonymous = each(|memory| memory.anonymous);
    let title = "KiB of memory, for each of 999 modules that were called once";
    let mut table = Table::new(title, &["", "resident", "anonymous", "file"]);
    table.row(
        "a module",
        [resident, anonymous, each(|memory| memory.file)].map(|each| format!("{each:.1}")),
    );
    report.tables.push(table);
    Ok(json!({"resident_kib": resident, "anonymous_kib": anonymous}))
}

fn call(server: &Server, number: usize) -> Result<()> {
    let answer = request(server.address(), &path(number), KIND, b"")?;
    ensure!(
        answer == number.to_string().as_bytes(),
        "{} gave a wrong answer: {}",
        id(number),
        String::from_utf8_lossy(&answer)
    );
    Ok(())
}

fn measured(server: &Server) -> Result<Memory> {
    std::thread::sleep(REST);
    Memory::of(server.pid()).context("This system does not tell the memory of a process")
}

/// What functions-host's own bench says of a module that is on the disk.
#[derive(Deserialize)]
struct Cold {
    ms: Vec<f64>,
    module_bytes: usize,
    machine_code_bytes: usize,
}

fn cold(report: &mut Report) -> Result<serde_json::Value> {
    let bench = [
        "bench",
        "--package",
        "functions-host",
        "--bench",
        "engine",
        "--",
        "cold",
    ];
    let cold: Cold = serde_json::from_slice(&cargo(&bench)?)
        .context("functions-host's bench printed what is no list of samples")?;
    let took = Summary::of(cold.ms.iter().copied());
    let title = format!(
        "a module of {} bytes, {} of machine code, from the disk into memory, ms",
        cold.module_bytes, cold.machine_code_bytes
    );
    let mut table = Table::new(title, &["", "least", "median", "p90", "greatest"]);
    let figures = [took.min, took.median, took.p90, took.max];
    table.row("engine", figures.map(|figure| format!("{figure:.3}")));
    report.tables.push(table);
    let what = "a cold module of 1 MB, median, ms";
    report.goals.push(Goal::at_most(what, 1.0, took.median));
    Ok(
        json!({"ms": took, "module_bytes": cold.module_bytes, "machine_code_bytes": cold.machine_code_bytes}),
    )
}
