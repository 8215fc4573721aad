//! The smallest of functions.

use functions_core::function;

/// Says what it is told.
#[function]
async fn echo(message: String) -> String {
    format!("Echo: {message}")
}
