//! `cargo xtask bench`: builds the benchmarks with optimisations and runs them.
//!
//! They are a crate of their own, and this crate keeps nothing of it but its help,
//! so that no other command waits for it to compile.

use std::ffi::OsString;

use crate::cargo::Cargo;
use crate::{Command, Result};

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    about: "measure speed, memory and compile time against bare axum and wasmtime",
    help: include_str!("../../bench/help.txt"),
    run,
};

fn run(arguments: Vec<OsString>) -> Result {
    let package = ["--release", "--package", "functions-bench"];
    Cargo::new("build").args(package).arg("--bins").run()?;
    Cargo::new("run")
        .arg("--quiet")
        .args(package)
        .args(["--bin", "bench", "--"])
        .args(arguments)
        .run()
}
