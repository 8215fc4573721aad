//! What goes wrong, as answers.
//!
//! A caller's mistake is told in the words of the room that found it. What the host did
//! wrong is the operator's to read: the log has it, the caller gets a plain 500.

use std::fmt::Display;
use std::io;

use axum::response::{IntoResponse, Response};
use functions_core::service::body::BodyError;
use functions_core::service::detail::Detail;
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::invalid::Invalid;
use crate::bus::{BusError, SubmitError};
use crate::cut::cut;
use crate::engine::{ExecuteError, Fault, Limit, PrepareError, Refusal};
use crate::executions::ExecutionsError;
use crate::knative::{ClusterError, NoNamespace};
use crate::modules::{ModuleId, ModulesError, UploadError, may_pass};

/// Says in one word what a guest did wrong: `trap`, `abi`, `exit`, or the limit it
/// passed.
const FAULT: HeaderName = HeaderName::from_static("x-fault");

/// How much of a refusal is told, in characters: there are names of a stranger in it.
const SENTENCE: usize = 2000;

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

    /// The registry or the store of the modules is away, or has too much to do.
    fn of_registry(error: &dyn Display) -> Self {
        tracing::error!(%error, "A request could not be met for now");
        Self::Busy("The registry of modules does not answer; try again".to_owned())
    }

    fn of_bytes(error: &io::Error) -> Self {
        match error.kind() {
            // It was removed since it was looked up.
            io::ErrorKind::NotFound => {
                Self::new(StatusCode::NOT_FOUND, "The module's bytes are gone")
            }
            _ if may_pass(error) => Self::of_registry(error),
            _ => Self::of_host(error),
        }
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
            error if error.is_transient() => Self::of_registry(&error),
            error => Self::of_host(&error),
        }
    }
}

/// Of the bytes of a module.
impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::of_bytes(&error)
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let status = match error {
            UploadError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            UploadError::TimedOut(_) => StatusCode::REQUEST_TIMEOUT,
            UploadError::DiskFull { .. } => StatusCode::INSUFFICIENT_STORAGE,
            UploadError::Broken(_) => StatusCode::BAD_REQUEST,
            UploadError::Host(error) => return error.into(),
        };
        Self::new(status, error.to_string())
    }
}

impl From<ExecutionsError> for Problem {
    fn from(error: ExecutionsError) -> Self {
        match error {
            ExecutionsError::Differs(_) => Self::new(StatusCode::CONFLICT, error.to_string()),
            error => Self::of_host(&error),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Full { .. } | SubmitError::Quota(_) => Self::Busy(error.to_string()),
            SubmitError::Differs(_) | SubmitError::Unreadable(_) => {
                Self::new(StatusCode::CONFLICT, cut(&error.to_string(), SENTENCE))
            }
            SubmitError::Bus(error) => error.into(),
        }
    }
}

impl From<BusError> for Problem {
    fn from(error: BusError) -> Self {
        tracing::error!(%error, "A request could not be put on the bus, or read from there");
        Self::Busy("The bus does not answer; try again".to_owned())
    }
}

impl From<NoNamespace> for Problem {
    fn from(error: NoNamespace) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}

/// What the operator has to see to is in the log, in the words of the cluster.
impl From<ClusterError> for Problem {
    fn from(error: ClusterError) -> Self {
        let (status, detail) = match &error {
            ClusterError::Invalid(causes) => return Self::Invalid(causes.clone().into()),
            ClusterError::Unreachable(_) | ClusterError::Busy(_) => {
                tracing::warn!(%error, "A cluster could not be asked for now");
                return Self::Busy("The cluster does not answer; try again".to_owned());
            }
            ClusterError::TimedOut(_) => (StatusCode::GATEWAY_TIMEOUT, error.to_string()),
            ClusterError::Unauthorized => (StatusCode::BAD_GATEWAY, error.to_string()),
            ClusterError::Failed(_) => {
                let detail = "The cluster has answered what cannot be understood";
                (StatusCode::BAD_GATEWAY, detail.to_owned())
            }
            ClusterError::Unusable(_) => {
                let detail = "The cluster of this host cannot be used as it is set \
                              (KUBECONFIG); its log has the reason";
                (StatusCode::SERVICE_UNAVAILABLE, detail.to_owned())
            }
            ClusterError::None | ClusterError::NoKnative | ClusterError::NoNamespace(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
            ClusterError::Forbidden { .. } => (StatusCode::FORBIDDEN, error.to_string()),
            ClusterError::Denied(_) | ClusterError::Quota(_) => {
                return Self::new(StatusCode::FORBIDDEN, error.to_string());
            }
            ClusterError::Conflict(_) | ClusterError::Taken { .. } | ClusterError::Changed(_) => {
                return Self::new(StatusCode::CONFLICT, error.to_string());
            }
            ClusterError::Refused(_) => {
                return Self::new(StatusCode::BAD_REQUEST, error.to_string());
            }
        };
        tracing::error!(%error, "A cluster does not do what it is asked for");
        Self::new(status, detail)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let sentence = refusal.to_string();
        Self::new(StatusCode::BAD_REQUEST, cut(&sentence, SENTENCE))
    }
}

impl From<PrepareError> for Problem {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Refused(refusal) => refusal.into(),
            PrepareError::Unreadable(error) => Self::of_bytes(&error),
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
        let status = match &fault {
            Fault::Limit(limit) => status_of(*limit),
            _ => StatusCode::BAD_GATEWAY,
        };
        Self::Guest(status, fault.word(), fault.to_string())
    }
}

fn status_of(limit: Limit) -> StatusCode {
    match limit {
        Limit::WallClock | Limit::CpuTime | Limit::Fuel => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
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
