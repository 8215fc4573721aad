//! The examples as their users meet them: each one a process that is called over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends where it goes wrong"
)]

mod answers;
mod readme;
mod recorded;

use std::process::Command;

use functions_tests::Server;

/// The binaries of this crate that print where they serve.
fn binary(name: &str) -> Command {
    Command::new(match name {
        "server" => env!("CARGO_BIN_EXE_server"),
        "hello" => env!("CARGO_BIN_EXE_hello"),
        "custom_names" => env!("CARGO_BIN_EXE_custom_names"),
        "error_handling" => env!("CARGO_BIN_EXE_error_handling"),
        "complex_types" => env!("CARGO_BIN_EXE_complex_types"),
        "long_running" => env!("CARGO_BIN_EXE_long_running"),
        #[cfg(feature = "sqlite")]
        "state" => env!("CARGO_BIN_EXE_state"),
        "tested" => env!("CARGO_BIN_EXE_tested"),
        "axum_app" => env!("CARGO_BIN_EXE_axum_app"),
        other => panic!("there is no example {other:?}"),
    })
}

async fn start(name: &str) -> Server {
    Server::start(&mut binary(name)).await
}
