//! Why a server does not start, or ends before its time.

use std::fmt;
use std::io;

use crate::config::ConfigError;
use crate::registry::{DuplicateFunctions, MissingStates};

/// What a `main` that starts a server returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a server does not start, or ends before its time.
///
/// `Debug` shows the same text as `Display`, for that is what a `main` that returns
/// it prints.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting cannot be understood.
    #[error(transparent)]
    Config(#[from] ConfigError),

    /// A setting asks for what this program was built without.
    #[error(
        "{setting} needs what this program was built without: \
         build functions-core with its feature `{feature}`"
    )]
    MissingFeature {
        /// The variable, with its value where that matters.
        setting: String,
        /// The Cargo feature.
        feature: &'static str,
    },

    /// Two functions have one name.
    #[error(transparent)]
    DuplicateFunctions(#[from] DuplicateFunctions),

    /// A function takes a state that the server was not given.
    #[error(transparent)]
    MissingStates(#[from] MissingStates),

    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}. {}", advice(source))]
    Bind {
        /// The address, as it was set.
        address: String,
        /// What the system says.
        source: io::Error,
    },

    /// [`start`](crate::FunctionServer::start) was called where a runtime runs already.
    #[error(
        "FunctionServer::start() brings a Tokio runtime of its own, and one runs here already; \
         inside of it, use FunctionServer::serve().await"
    )]
    InsideRuntime,

    /// The system refused what every server needs: threads, signals, output.
    #[error("cannot {what}: {source}")]
    System {
        /// What was refused.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },

    /// A second signal came while the first one's end was under way.
    #[error("ended at once by a second signal, with {running} executions running")]
    Interrupted {
        /// How many executions were cut off.
        running: usize,
    },
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "Another program listens there: end it, or set CRBR_FUNCTIONS_PORT to another port, \
             0 for any that is free"
        }
        io::ErrorKind::PermissionDenied => {
            "Ports below 1024 are for root: set CRBR_FUNCTIONS_PORT to a higher one"
        }
        _ => "Set CRBR_FUNCTIONS_HOST to an address of this machine, such as 0.0.0.0 or 127.0.0.1",
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
