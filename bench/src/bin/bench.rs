//! Runs the benchmarks: `cargo xtask bench`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "commands talk")]

use anyhow::Result;
use functions_bench::settings::Settings;
use serde_json::{Map, json};

fn main() -> Result<()> {
    let Some(settings) = Settings::read(lexopt::Parser::from_env())? else {
        print!("{}", include_str!("../../help.txt"));
        return Ok(());
    };
    let cores = std::thread::available_parallelism()?.get();
    if !settings.json {
        println!("The load and the server share {cores} CPUs.\n");
    }
    let mut reports = Map::new();
    for benchmark in &settings.benchmarks {
        let report = (benchmark.run)(&settings)?;
        if settings.json {
            reports.insert(benchmark.name.to_owned(), serde_json::to_value(&report)?);
        } else {
            println!("{report}");
        }
    }
    if settings.json {
        println!("{}", json!({"cpus": cores, "benchmarks": reports}));
    }
    Ok(())
}
