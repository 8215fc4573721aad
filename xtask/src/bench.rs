//! `cargo xtask bench`: builds the benchmarks with optimisations and runs them.
//!
//! They are a crate of their own, and this crate keeps nothing of it but its help,
//! so that no other command waits for it to compile.

use std::ffi::OsString;

use crate::cargo::Cargo;
use crate::{Command, Result, pulsar};

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    about: "measure speed, memory and compile time against bare axum and wasmtime",
    help: include_str!("../../bench/help.txt"),
    run,
};

fn run(arguments: Vec<OsString>) -> Result {
    let package = ["--release", "--package", "functions-bench"];
    Cargo::new("build").args(package).arg("--bins").run()?;
    let cargo = Cargo::new("run")
        .arg("--quiet")
        .args(package)
        .args(["--bin", "bench", "--"]);
    let cargo = match arguments.iter().any(|argument| argument == PULSAR) {
        true => on_pulsar(cargo),
        false => cargo,
    };
    cargo.args(arguments).run()
}

/// A broker is looked for by whoever asks for this benchmark by its name: the others run
/// without one.
const PULSAR: &str = "pulsar";

fn on_pulsar(cargo: Cargo) -> Cargo {
    let Some(found) = pulsar::find() else {
        return cargo;
    };
    let cargo = found.tell(cargo);
    match pulsar::find_local_runner() {
        Some((name, home)) => cargo.hidden_env(name, &home),
        None => cargo,
    }
}
