//! The project's own commands, run as `cargo xtask COMMAND`.
//!
//! A command is a file here that exports a `COMMAND`, and a line in [`COMMANDS`].
//! Nothing in this crate is needed by a user of the SDK, and nothing but cargo and
//! rustup is needed to run it. It is compiled before each command, so it stays
//! small: what is heavy lives in a crate of its own, which the command builds.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "commands talk")]

mod bench;
mod broker;
mod cache;
mod cargo;
mod ci;
mod features;
mod found;
mod fuzz;
mod images;
mod install;
mod kubernetes;
mod lent;
mod machine;
mod modules;
mod msrv;
mod postgres;
mod pulsar;
mod python;
mod release;
mod shown;
mod soak;
mod test;
mod wasm;

use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;

const COMMANDS: &[Command] = &[
    test::COMMAND,
    modules::COMMAND,
    bench::COMMAND,
    fuzz::COMMAND,
    python::COMMAND,
    soak::COMMAND,
    ci::COMMAND,
    msrv::COMMAND,
    release::COMMAND,
];

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// One of the project's commands.
struct Command {
    name: &'static str,
    /// One line, for the list of commands.
    about: &'static str,
    /// What `--help` prints.
    help: &'static str,
    run: fn(Vec<OsString>) -> Result,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result {
    let mut parser = lexopt::Parser::from_env();
    let name = match parser.next()? {
        None | Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help")) => {
            print!("{}", overview());
            return Ok(());
        }
        Some(lexopt::Arg::Value(name)) => name,
        Some(option) => return Err(option.unexpected().into()),
    };
    let command = COMMANDS
        .iter()
        .find(|command| name == command.name)
        .ok_or_else(|| format!("There is no command {name:?}.\n\n{}", overview()))?;
    let arguments: Vec<OsString> = parser.raw_args()?.collect();
    if wants_help(&arguments) {
        print!("{}", command.help);
        return Ok(());
    }
    (command.run)(arguments)
}

/// Behind a `--` it is somebody else's `--help`.
fn wants_help(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--help" || argument == "-h")
}

fn no_arguments(arguments: &[OsString]) -> Result {
    match arguments.first() {
        None => Ok(()),
        Some(argument) => Err(format!("{argument:?} is one argument too many, see --help").into()),
    }
}

fn overview() -> String {
    let mut text = String::from("Usage: cargo xtask COMMAND [ARGUMENTS]\n\nCommands:\n");
    for Command { name, about, .. } in COMMANDS {
        text.push_str(&format!("  {name:<9}{about}\n"));
    }
    text.push_str("\ncargo xtask COMMAND --help tells more.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, no_arguments, overview, wants_help};
    use std::ffi::OsString;

    fn words(words: &str) -> Vec<OsString> {
        words.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_overview_names_every_command_and_each_shows_its_own_usage() {
        for command in COMMANDS {
            assert!(overview().contains(command.name));
            let usage = format!("Usage: cargo xtask {}", command.name);
            assert!(command.help.starts_with(&usage), "{}", command.help);
        }
    }

    #[test]
    fn help_behind_two_dashes_is_passed_on() {
        assert!(wants_help(&words("-p functions-core --help")));
        assert!(!wants_help(&words("-p functions-core -- --help")));
    }

    #[test]
    fn a_command_without_arguments_refuses_one() {
        assert!(no_arguments(&[]).is_ok());
        assert!(no_arguments(&words("--fast")).is_err());
    }
}
