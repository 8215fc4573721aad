//! A server as a process, with everything that callers, users and operators do to it.

mod calls;
mod connections;
mod deadlines;
mod drain;
mod hostile;
mod knative;
mod limits;
mod logs;
mod pages;
mod wire;

use std::process::Command;

use functions_tests::Server;

/// A server of functions that misbehave.
fn fixture() -> Command {
    Command::new(env!("CARGO_BIN_EXE_fixture"))
}

async fn start(settings: &[(&str, &str)]) -> Server {
    Server::start(fixture().envs(settings.iter().copied())).await
}
