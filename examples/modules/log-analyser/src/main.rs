//! The module as a WASI command.

use std::process::ExitCode;

fn main() -> ExitCode {
    guest::command(log_analyser::handle)
}
