//! `cargo xtask fuzz`: modules by the hundred thousand that nobody would write.

use std::ffi::OsString;

use crate::cargo::Cargo;
use crate::{Command, Result, no_arguments};

/// The variable that says how many modules the tests make up.
const HOW_MANY: &str = "FUNCTIONS_HOST_RANDOM_MODULES";

const DEFAULT: u64 = 100_000;

pub(crate) const COMMAND: Command = Command {
    name: "fuzz",
    about: "hand random modules to the engine of functions-host, by the hundred thousand",
    help: "\
Usage: cargo xtask fuzz [--count COUNT]

Makes up COUNT valid modules of random code (100,000 unless said), has each of them
screened, compiled and run within small limits, and as many again that are a good
module with some bytes flipped. Each has to end in a refusal or an outcome. Seeds
count up from 0, so a failure, which names its seed, is the same on every machine.

`cargo xtask test` does the same with a thousand.
",
    run,
};

fn run(arguments: Vec<OsString>) -> Result {
    let count = count(arguments)?.to_string();
    let tests = ["--release", "-p", "functions-host", "--test", "engine"];
    Cargo::new("test")
        .args(tests)
        .args(["hostile::random", "--", "--nocapture"])
        .env(HOW_MANY, &count)
        .run()
}

fn count(arguments: Vec<OsString>) -> Result<u64> {
    let mut arguments = arguments.into_iter();
    let Some(first) = arguments.next() else {
        return Ok(DEFAULT);
    };
    if first != "--count" {
        no_arguments(&[first])?;
    }
    let rest: Vec<OsString> = arguments.collect();
    let (count, rest) = rest.split_first().ok_or("--count needs a number")?;
    no_arguments(rest)?;
    let number = count.to_str().and_then(|count| count.parse().ok());
    number.ok_or_else(|| format!("--count {count:?} is no whole number").into())
}

/// The same tests of a run of everything, with as many modules as that has time for.
pub(crate) fn some(cargo: Cargo) -> Cargo {
    match std::env::var_os(HOW_MANY) {
        Some(_) => cargo,
        None => cargo.env(HOW_MANY, "1000"),
    }
}
