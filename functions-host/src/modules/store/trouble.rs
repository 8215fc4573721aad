//! What goes wrong with a store.

use std::io;

use object_store::Error;

use crate::cut::cut;
use crate::modules::ModulesError;

/// How much of what a store says is told, in characters.
const SAID: usize = 300;

/// A store says nothing.
pub(super) fn silent() -> Error {
    Error::Generic {
        store: "S3",
        source: io::Error::from(io::ErrorKind::TimedOut).into(),
    }
}

/// Why nothing could be done.
pub(super) fn trouble(what: &'static str, url: String, error: &Error) -> ModulesError {
    let (why, is_transient) = match error {
        Error::NotFound { .. } => ("the store has none of this name".to_owned(), false),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            let why = "the store does not let this host; see the variables AWS_…, and what \
                       their key may do";
            (why.to_owned(), false)
        }
        error => (cut(&error.to_string(), SAID).into_owned(), true),
    };
    ModulesError::Store {
        what,
        url,
        why,
        is_transient,
    }
}

/// Why something could not be read.
pub(super) fn unread(url: String, error: &Error) -> io::Error {
    let kind = match error {
        Error::NotFound { .. } => io::ErrorKind::NotFound,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, trouble("read", url, error))
}
