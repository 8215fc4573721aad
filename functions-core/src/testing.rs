//! For those who test their functions.
//!
//! A function stays what it was, so most tests simply call it. These are for what
//! lies around it: its arguments as a caller writes them, its defaults and errors,
//! its deadline, its state, and the server as a whole.
//!
//! ```standalone_crate
//! use functions_core::{function, testing};
//! use serde_json::json;
//!
//! #[function]
//! async fn add_numbers(a: i64, b: i64) -> i64 {
//!     a + b
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sum: i64 = testing::invoke("add_numbers", json!({"a": 5, "b": 3})).await?;
//! assert_eq!(sum, 8);
//!
//! let error = testing::invoke::<i64>("add_numbers", json!({"a": 5})).await.unwrap_err();
//! assert!(error.to_string().contains("missing required argument: 'b'"));
//! # Ok(())
//! # }
//! ```
//!
//! All functions of a program are found, and so all functions of all tests in one
//! binary are: give each a name of its own. Examples in documentation share a binary
//! too, from edition 2024 on, unless they are marked as `standalone_crate`.
//!
//! Nothing here reads the environment or writes logs: a test means the same
//! everywhere. Settings are those of the [`FunctionServer`] that a test is given.

mod in_process;
mod test_server;

pub use crate::executor::Outcome;
pub use in_process::{CallError, InProcess};
pub use test_server::TestServer;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{CancellationToken, Context, FunctionServer, Headers};

/// A context for calling a function directly: execution `test` of function `test`,
/// with 30 seconds to go and no headers.
///
/// ```
/// use functions_core::{Context, function, testing};
///
/// #[function]
/// async fn whoami(context: &Context) -> String {
///     context.execution_id().to_owned()
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// assert_eq!(whoami(&testing::context()).await, "test");
/// # }
/// ```
#[must_use]
pub fn context() -> Context {
    const TIMEOUT: Duration = Duration::from_secs(30);
    let deadline = tokio::time::Instant::now().into_std() + TIMEOUT;
    Context::new(
        "test",
        "test",
        "local-dev".into(),
        (deadline, TIMEOUT),
        CancellationToken::new(),
        Headers::default(),
    )
}

/// Calls a function by name, in this process, as a caller would, and reads its result.
///
/// `arguments` is what goes into `args`: a `serde_json::json!` object, a map or a
/// struct that serializes to one.
///
/// For functions with state or settings, see [`InProcess`].
///
/// # Errors
/// Whatever a caller would be told: see [`CallError`].
pub async fn invoke<T: DeserializeOwned>(
    name: &str,
    arguments: impl Serialize,
) -> Result<T, CallError> {
    let functions = InProcess::new(FunctionServer::new()).map_err(CallError::not_started)?;
    functions.invoke(name, arguments).await
}
