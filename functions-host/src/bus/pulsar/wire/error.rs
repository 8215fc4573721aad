//! What goes wrong in a conversation with a broker.

use std::sync::Arc;
use std::time::Duration;

use crate::bus::pulsar::words::ServerError;

/// Why a broker did not do what it was asked to.
#[derive(Clone, Debug, thiserror::Error)]
pub(in crate::bus::pulsar) enum WireError {
    /// There is no connection, or there is none any more.
    #[error("{0}")]
    Connection(Arc<str>),
    /// No answer came in time.
    #[error("no answer to {what} within {} s", after.as_secs_f64())]
    Deadline { what: &'static str, after: Duration },
    /// The broker says no.
    #[error("the broker refuses {what}: {message} ({error:?})")]
    Refused {
        what: &'static str,
        error: ServerError,
        message: String,
    },
    /// The broker says what makes no sense.
    #[error("the broker's answer to {what} makes no sense: {why}")]
    Senseless { what: &'static str, why: String },
    /// A message is larger than the broker takes.
    #[error("a message of {bytes} bytes is more than the {most} that the broker takes")]
    TooLarge { bytes: usize, most: usize },
}

impl WireError {
    /// A task that was to do it has ended early.
    pub(in crate::bus::pulsar) fn ended(error: &tokio::task::JoinError) -> Self {
        Self::connection(error.to_string())
    }

    /// It did not come in time.
    pub(in crate::bus::pulsar) fn late(what: &'static str, after: Duration) -> Self {
        Self::Deadline { what, after }
    }

    pub(in crate::bus::pulsar) fn connection(why: impl Into<Arc<str>>) -> Self {
        Self::Connection(why.into())
    }

    /// What the broker said, where it is that which went wrong.
    pub(in crate::bus::pulsar) fn refusal(&self) -> Option<ServerError> {
        match self {
            Self::Refused { error, .. } => Some(*error),
            _ => None,
        }
    }
}

/// The error of this number; one that is not known is an unknown one.
pub(super) fn error_of(number: i32) -> ServerError {
    ServerError::try_from(number).unwrap_or(ServerError::UnknownError)
}

impl From<std::io::Error> for WireError {
    fn from(error: std::io::Error) -> Self {
        Self::connection(format!("the connection to the broker fails: {error}"))
    }
}
