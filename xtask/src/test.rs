//! `cargo xtask test`: everything that can be found wrong without a reader.

use std::ffi::{OsStr, OsString};

use crate::cargo::Cargo;
use crate::{Command, Result, wasm};

pub(crate) const COMMAND: Command = Command {
    name: "test",
    about: "run all tests",
    help: "\
Usage: cargo xtask test [ARGUMENTS]

Runs all tests of all crates, documentation included, with all features. Before
that it checks what takes a build of its own: functions-core without its default
features, natively and for the wasm targets that are installed.

ARGUMENTS go to `cargo test`; given any, nothing but that is run:
  cargo xtask test -p functions-core
  cargo xtask test deadline -- --nocapture
",
    run,
};

fn run(arguments: Vec<OsString>) -> Result {
    if arguments.is_empty() {
        check_without_features()?;
    }
    let mut cargo = Cargo::new("test").args(["--all-features", "--no-fail-fast"]);
    if !names_packages(&arguments) {
        cargo = cargo.arg("--workspace");
    }
    cargo.args(arguments).run()
}

/// A function in a crate of its own needs no server around it, and a guest in a
/// sandbox could not have one.
fn check_without_features() -> Result {
    let check = || Cargo::new("check").args(["-p", "functions-core", "--no-default-features"]);
    check().run()?;
    for target in wasm::TARGETS {
        if wasm::is_installed(target)? {
            check().args(["--target", target]).run()?;
        } else {
            eprintln!("Not checked for {target}: `rustup target add {target}` installs it.");
        }
    }
    Ok(())
}

fn names_packages(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .map(OsString::as_os_str)
        .map(OsStr::as_encoded_bytes)
        .take_while(|argument| *argument != b"--")
        .any(|argument| argument.starts_with(b"-p") || argument.starts_with(b"--package"))
}

#[cfg(test)]
mod tests {
    use super::names_packages;
    use std::ffi::OsString;

    #[test]
    fn one_package_is_tested_alone_and_a_filter_runs_everywhere() {
        let names = |words: &str| {
            let words: Vec<_> = words.split_whitespace().map(OsString::from).collect();
            names_packages(&words)
        };
        assert!(names("-p functions-core"));
        assert!(names("--package=functions-core deadline"));
        assert!(!names("deadline -- -p"));
    }
}
