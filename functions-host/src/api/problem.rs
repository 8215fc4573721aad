//! What goes wrong, as answers.
//!
//! A caller's mistake is told in the words of the room that found it. What the host did
//! wrong is the operator's to read: the log has it, the caller gets a plain 500.

use std::fmt::Display;

use axum::response::{IntoResponse, Response};
use functions_core::service::body::BodyError;
use functions_core::service::detail::Detail;
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::invalid::Invalid;
use crate::engine::{ExecuteError, Fault, Limit, PrepareError, Refusal};
use crate::modules::{ModuleId, ModulesError, UploadError};

/// Says in one word what a guest did wrong: `trap`, `abi`, `exit`, or the limit it
/// passed.
const FAULT: HeaderName = HeaderName::from_static("x-fault");

/// An answer to a request that cannot be met.
#[derive(Debug)]
pub(super) enum Problem {
    Detail(Detail),
    /// Too much is going on; it is worth trying again.
    Busy(String),
    /// A guest did something wrong: what, in a word and in a sentence.
    Guest(StatusCode, &'static str, String),
    Invalid(Invalid),
    Body(BodyError),
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::Detail(Detail::new(status, detail))
    }

    pub(super) fn no_module(id: &ModuleId) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("Module '{id}' not found"))
    }

    pub(super) fn of_host(error: &dyn Display) -> Self {
        tracing::error!(%error, "A request could not be met");
        Self::Detail(Detail::internal())
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<ModulesError> for Problem {
    fn from(error: ModulesError) -> Self {
        match error {
            ModulesError::Exists(_) => Self::new(StatusCode::CONFLICT, error.to_string()),
            error => Self::of_host(&error),
        }
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let status = match &error {
            UploadError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            UploadError::TimedOut(_) => StatusCode::REQUEST_TIMEOUT,
            UploadError::DiskFull { .. } => StatusCode::INSUFFICIENT_STORAGE,
            UploadError::Broken(_) => StatusCode::BAD_REQUEST,
            UploadError::Host(error) => return Self::of_host(error),
        };
        Self::new(status, error.to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(StatusCode::BAD_REQUEST, refusal.to_string())
    }
}

impl From<PrepareError> for Problem {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Refused(refusal) => refusal.into(),
            // It was removed since it was looked up.
            PrepareError::Unreadable(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Self::new(StatusCode::NOT_FOUND, "The module's bytes are gone")
            }
            error => Self::of_host(&error),
        }
    }
}

impl From<ExecuteError> for Problem {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Overloaded(_) | ExecuteError::Waited(_) => Self::Busy(error.to_string()),
            error => Self::of_host(&error),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let (status, word) = match &fault {
            Fault::Trap(_) => (StatusCode::BAD_GATEWAY, "trap"),
            Fault::Abi(_) => (StatusCode::BAD_GATEWAY, "abi"),
            Fault::Exit { .. } => (StatusCode::BAD_GATEWAY, "exit"),
            Fault::Limit(limit) => (status_of(*limit), word_of(*limit)),
        };
        Self::Guest(status, word, fault.to_string())
    }
}

fn status_of(limit: Limit) -> StatusCode {
    match limit {
        Limit::WallClock | Limit::CpuTime | Limit::Fuel => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    }
}

fn word_of(limit: Limit) -> &'static str {
    match limit {
        Limit::WallClock => "wall-clock",
        Limit::CpuTime => "cpu-time",
        Limit::Fuel => "fuel",
        Limit::Memory => "memory",
        Limit::Table => "table",
        Limit::Stack => "stack",
        Limit::Output => "output",
        Limit::Log => "log",
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Detail(detail) => detail.into_response(),
            Self::Busy(detail) => {
                let detail = Detail::new(StatusCode::SERVICE_UNAVAILABLE, detail);
                ([(header::RETRY_AFTER, HeaderValue::from(1))], detail).into_response()
            }
            Self::Guest(status, word, detail) => {
                let word = HeaderValue::from_static(word);
                ([(FAULT, word)], Detail::new(status, detail)).into_response()
            }
            Self::Invalid(invalid) => invalid.into_response(),
            Self::Body(error) => error.into_response(),
        }
    }
}
