//! `cargo xtask msrv`: the SDK on the oldest compiler it promises to work with.

use std::ffi::OsString;
use std::process::Command as Process;

use crate::cargo::Cargo;
use crate::{Command, Result, no_arguments};

const VERSION: &str = env!("CARGO_PKG_RUST_VERSION");

pub(crate) const COMMAND: Command = Command {
    name: "msrv",
    about: "check the SDK on the oldest Rust that it supports",
    help: "\
Usage: cargo xtask msrv

Checks functions-core and functions-macros with the `rust-version` that their
manifests state. Where that toolchain is not installed it says so and leaves it
at that; nothing is downloaded.
",
    run,
};

fn run(arguments: Vec<OsString>) -> Result {
    no_arguments(&arguments)?;
    let Some(toolchain) = installed()? else {
        println!("Not checked: `rustup toolchain install {VERSION} --profile minimal` first.");
        return Ok(());
    };
    Cargo::of_toolchain(&toolchain, "check")
        .args(["-p", "functions-core", "-p", "functions-macros"])
        .args(["--all-features", "--locked"])
        .run()
}

fn installed() -> Result<Option<String>> {
    let output = Process::new("rustup")
        .args(["toolchain", "list"])
        .output()
        .map_err(|error| format!("rustup cannot be started: {error}"))?;
    let list = String::from_utf8_lossy(&output.stdout);
    Ok(find(&list, VERSION).map(str::to_owned))
}

/// The first toolchain of `rustup toolchain list` that is of a version: `1.85` finds
/// `1.85-…` and `1.85.1-…`.
fn find<'a>(list: &'a str, version: &str) -> Option<&'a str> {
    list.lines()
        .filter_map(|line| line.split_whitespace().next())
        .find(|name| {
            name.strip_prefix(version)
                .is_some_and(|rest| rest.starts_with(['-', '.']))
        })
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_toolchain_is_found_by_its_version_alone() {
        let list = "stable-x86_64 (default)\n1.8.5-x86_64\n1.85.1-x86_64 (active)\n";
        assert_eq!(find(list, "1.85"), Some("1.85.1-x86_64"));
        assert_eq!(find(list, "1.8"), Some("1.8.5-x86_64"));
        assert_eq!(find(list, "1.86"), None);
    }
}
