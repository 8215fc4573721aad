//! Functions called in this process, without a socket.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::context::Headers;
use crate::executor::Outcome;
use crate::protocol::Request;
use crate::server::Prepared;
use crate::{Error, FunctionServer};

/// The functions of a server, to be called without one.
///
/// ```standalone_crate
/// use functions_core::testing::InProcess;
/// use functions_core::{FunctionServer, State, function};
/// use serde_json::json;
///
/// struct Greeting(&'static str);
///
/// #[function]
/// async fn greet(greeting: State<Greeting>, name: String) -> String {
///     format!("{}, {name}!", greeting.0)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let functions = InProcess::new(FunctionServer::new().state(Greeting("Hello")))?;
/// let greeting: String = functions.invoke("greet", json!({"name": "Ada"})).await?;
/// assert_eq!(greeting, "Hello, Ada!");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct InProcess {
    prepared: Prepared,
    headers: Vec<(String, String)>,
}

impl InProcess {
    /// The functions of `server`, with its state and settings. The environment is
    /// left out.
    ///
    /// # Errors
    /// What stops a server from starting: see [`Error`].
    pub fn new(server: FunctionServer) -> Result<Self, Error> {
        Ok(Self {
            prepared: server.prepare_without_environment()?,
            headers: Vec::new(),
        })
    }

    /// Sends a header along with every call, for functions that read them from
    /// their [`Context`](crate::Context).
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Calls a function by name and reads its result.
    ///
    /// # Errors
    /// Whatever a caller would be told: see [`CallError`].
    pub async fn invoke<T: DeserializeOwned>(
        &self,
        name: &str,
        arguments: impl Serialize,
    ) -> Result<T, CallError> {
        let arguments = serde_json::to_string(&arguments)
            .map_err(|error| CallError::unreadable("the arguments cannot be written", &error))?;
        let arguments = Request::parse_arguments(arguments.as_bytes()).map_err(|malformed| {
            CallError::new(Outcome::InvalidArguments, malformed.to_string())
        })?;
        let request = Request {
            execution_id: "test".into(),
            function_name: name.into(),
            arguments,
        };
        let headers = || {
            let headers = self.headers.iter();
            headers
                .map(|(name, value)| (&**name, &**value))
                .collect::<Headers>()
        };
        let answer = self.prepared.executor().execute(&request, headers).await;
        let answer = answer.map_err(|overloaded| CallError {
            outcome: None,
            message: overloaded.to_string(),
        })?;
        let said: Said<'_> = serde_json::from_slice(&answer.body)
            .map_err(|error| CallError::unreadable("the answer cannot be read", &error))?;
        match said.error {
            Some(message) => Err(CallError::new(answer.outcome, message)),
            None => serde_json::from_str(said.result.get()).map_err(|error| {
                let what = format!("the result {} is not what the test reads", said.result);
                CallError::unreadable(&what, &error)
            }),
        }
    }
}

#[derive(serde::Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    result: &'a RawValue,
    error: Option<String>,
}

/// Why a call gave no result: the text that a caller would find under `error`.
///
/// `Debug` shows the same text, for `unwrap` in a test.
#[derive(Clone, PartialEq, Eq)]
pub struct CallError {
    outcome: Option<Outcome>,
    message: String,
}

impl CallError {
    fn new(outcome: Outcome, message: String) -> Self {
        Self {
            outcome: Some(outcome),
            message,
        }
    }

    fn unreadable(what: &str, error: &serde_json::Error) -> Self {
        Self {
            outcome: None,
            message: format!("{what}: {error}"),
        }
    }

    pub(super) fn not_started(error: Error) -> Self {
        Self {
            outcome: None,
            message: error.to_string(),
        }
    }

    /// How the call ended. `None` where there was none: the server does not start,
    /// has too much to do, or the result is not of the type that the test reads.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for CallError {}
