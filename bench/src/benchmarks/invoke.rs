//! `invoke`: modules behind HTTP, beside `wasmtime serve`.
//!
//! The work is the same: letters in the place of letters. `wasmtime serve` runs a
//! component that answers HTTP by itself, which is the only kind that it knows. The host
//! runs a component that is a command, with its input on the standard input, and two modules
//! of the pointer ABI, one of which lets its memory grow. Each has a fresh instance for each
//! request, and the defaults of its maker. What a handler of axum answers that runs nothing
//! is measured as well: no host of modules behind HTTP can answer more.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};

use super::Benchmark;
use crate::call::Call;
use crate::guests::{self, Guests};
use crate::host::Host;
use crate::http::upload;
use crate::pairs::{self, Outcome, Pair};
use crate::report::{Goal, Report};
use crate::server::{Output, Program, Told};
use crate::settings::Settings;

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "invoke",
    run,
};

const INPUT: &str = r#"{"name":"somebody","numbers":[1,2,3,4,5,6,7,8,9]}"#;
const OUTPUT: &str = r#"{"NAME":"SOMEBODY","NUMBERS":[1,2,3,4,5,6,7,8,9]}"#;
const KIND: &str = "application/octet-stream";

/// How much faster than `wasmtime serve` each shape is to be.
const SHAPES: [(&str, Option<f64>); 3] = [
    ("component", Some(1.5)),
    ("pointer", Some(5.0)),
    ("pointer-that-grows", None),
];

fn run(settings: &Settings) -> Result<Report> {
    let mut report = Report::new(BENCHMARK.name, pairs::load(settings));
    let Some(wasmtime) = wasmtime() else {
        eprintln!(
            "invoke is left out, since there is no wasmtime: `cargo install wasmtime-cli \
             --version '^48'`, or name one by FUNCTIONS_BENCH_WASMTIME.\n"
        );
        report.figures = json!("left out: there is no wasmtime");
        return Ok(report);
    };
    let guests = Guests::build()?;
    let host = Host::build(settings, "invoke")?;
    {
        let server = host.start(&[])?;
        let files = [&guests.command, &guests.pointer, &guests.allocating];
        for ((shape, _), file) in SHAPES.iter().zip(files) {
            upload(server.address(), shape, &guests::bytes(file)?)?;
        }
    }
    let shapes = SHAPES.map(|(shape, goal)| {
        let path = format!("POST /api/v1/wasm-modules/{shape}/invoke");
        let call = Call::of(&path, KIND, INPUT, OUTPUT);
        let name = format!("invoke, {shape}");
        (shape, goal, host.program(&name, &[], call))
    });
    let most = ("nothing", None, settings.baseline.clone());
    for (shape, goal, subject) in shapes.into_iter().chain([most]) {
        let mut settings = settings.clone();
        settings.baseline = serve(&wasmtime, &guests);
        settings.subject = subject;
        let output = Output::File;
        let pairs = Pair::measure_all(&settings, output)?;
        let outcome = Outcome::of(&pairs);
        report.tables.push(outcome.table(&settings, output.name()));
        if let Some(goal) = goal {
            let what = format!("requests/s of a {shape}, ratio to wasmtime serve");
            let goal = Goal::at_least(what, goal, outcome.rate());
            report.goals.push(goal);
        }
        if let Value::Object(figures) = &mut report.figures {
            figures.insert(shape.to_owned(), outcome.figures(&pairs)?);
        }
    }
    Ok(report)
}

fn serve(wasmtime: &Path, guests: &Guests) -> Program {
    Program {
        name: "wasmtime serve".to_owned(),
        path: wasmtime.to_owned(),
        // What the standard library of Rust imports is off by default.
        arguments: vec!["serve".into(), "-Scli".into(), guests.http.clone().into()],
        environment: Vec::new(),
        told: Told::Argument("--addr"),
        call: Call::of("POST /", KIND, INPUT, OUTPUT),
    }
}

/// The program that `FUNCTIONS_BENCH_WASMTIME` names, or that is on the `PATH`.
fn wasmtime() -> Option<PathBuf> {
    let named = std::env::var_os("FUNCTIONS_BENCH_WASMTIME").map(PathBuf::from);
    named.filter(|path| path.is_file()).or_else(|| {
        let path = std::env::var_os("PATH")?;
        let name = format!("wasmtime{}", std::env::consts::EXE_SUFFIX);
        std::env::split_paths(&path)
            .map(|folder| folder.join(&name))
            .find(|file| file.is_file())
    })
}
