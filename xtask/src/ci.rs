//! `cargo xtask ci`: what has to pass before a change is merged.
//!
//! The steps share one profile and one set of features, so that what one of them
//! has compiled the next one takes.

use std::ffi::OsString;

use crate::cargo::Cargo;
use crate::{Command, Result, modules, no_arguments, release, test};

pub(crate) const COMMAND: Command = Command {
    name: "ci",
    about: "formatting, lints, documentation and all tests, as .ci/run does",
    help: "\
Usage: cargo xtask ci

Runs, and stops at the first that fails:
  1. cargo fmt with --check
  2. cargo clippy on everything, where a warning is an error
  3. cargo doc, where a warning is an error
     (these three on examples/modules as well)
  4. cargo xtask test
  5. cargo xtask release --dry-run

.ci/run does the same after it has seen to the toolchain.
",
    run,
};

fn run(arguments: Vec<OsString>) -> Result {
    no_arguments(&arguments)?;
    Cargo::new("fmt").args(["--all", "--check"]).run()?;
    modules::cargo("fmt").args(["--all", "--check"]).run()?;
    Cargo::new("clippy")
        .args(["--workspace", "--all-targets", "--all-features", "--locked"])
        .args(["--", "-D", "warnings"])
        .run()?;
    modules::cargo("clippy")
        .args(["--workspace", "--all-targets", "--", "-D", "warnings"])
        .run()?;
    modules::cargo("doc")
        .args(["--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    Cargo::new("doc")
        .args(["--workspace", "--no-deps", "--all-features", "--locked"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    eprintln!("$ cargo xtask test");
    (test::COMMAND.run)(Vec::new())?;
    if let Err(why) = release::can_be_shown() {
        eprintln!("A release is not tried: {why}");
        return Ok(());
    }
    eprintln!("$ cargo xtask release --dry-run");
    (release::COMMAND.run)(vec!["--dry-run".into()])
}
