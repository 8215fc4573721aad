//! Why there is no connection.

use std::io;
use std::time::Duration;

use rustls::{CertificateError, Error as Trouble};

use super::DEADLINE;
use crate::bus::pulsar::tls::TlsError;
use crate::bus::pulsar::url::Authority;

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// The name has no address, or nobody could tell.
    #[error("the name {0} cannot be resolved")]
    Unresolved(String),
    /// Nobody answers there.
    #[error("{at} cannot be reached: {what}")]
    Unreachable {
        /// Its host and port.
        at: String,
        /// What the system says.
        what: io::ErrorKind,
    },
    /// It took too long.
    #[error("{at} was not reached within {within:?}")]
    TimedOut {
        /// Its host and port.
        at: String,
        /// How long it may take.
        within: Duration,
    },
    /// There is no TLS with it.
    #[error("no secure connection with {at}: {what}")]
    Tls {
        /// Its host and port.
        at: String,
        /// What is wrong.
        what: String,
    },
    /// The files of certificates cannot be used.
    #[error(transparent)]
    Files(#[from] TlsError),
}

pub(super) fn at(host: &str, port: u16) -> String {
    Authority(host, port).to_string()
}

pub(super) fn late(host: &str, port: u16) -> DialError {
    DialError::TimedOut {
        at: at(host, port),
        within: DEADLINE,
    }
}

/// What is wrong with TLS, for an operator to mend.
pub(super) fn said(error: &io::Error) -> String {
    let trouble = error.get_ref().and_then(|error| error.downcast_ref());
    match trouble {
        Some(Trouble::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        )) => "its certificate is from nobody who is trusted here; FUNCTIONS_HOST_PULSAR_CA_FILE \
             names a file of those who are"
            .to_owned(),
        Some(Trouble::InvalidMessage(_)) => {
            "what it says is no TLS; it may have another port for TLS".to_owned()
        }
        Some(trouble) => trouble.to_string(),
        None => format!(
            "it hung up ({}); it may have another port for TLS",
            error.kind()
        ),
    }
}
