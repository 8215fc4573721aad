//! What is measured: a server with one function, as a user writes it.

use functions_core::{FunctionServer, function};

/// Adds two numbers together.
#[function]
async fn add_numbers(a: i64, b: i64) -> i64 {
    a + b
}

fn main() -> functions_core::Result<()> {
    FunctionServer::new().start()
}
