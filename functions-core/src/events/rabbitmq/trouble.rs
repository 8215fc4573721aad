//! What is said of a broker when something goes wrong: what it was, what was given, and
//! what would be right. Where the broker gave a reason, it stands there as it came.
//!
//! *Refused* is what stays as it is until somebody changes something, there or here.
//! All else passes, and is *unavailable*.

mod connecting;
mod publishing;

use lapin::{Error, ErrorKind};

use super::super::PublishError;
use super::broker::Broker;

/// Somebody, or the end of the broker, makes it close connections.
const CONNECTION_FORCED: u16 = 320;
const ACCESS_REFUSED: u16 = 403;
const NOT_FOUND: u16 = 404;
const PRECONDITION_FAILED: u16 = 406;
/// There is too little of something just now.
const RESOURCE_ERROR: u16 = 506;
const NOT_ALLOWED: u16 = 530;
const INTERNAL_ERROR: u16 = 541;

/// What the broker replied, if it did.
fn reply(error: &Error) -> Option<(u16, &str)> {
    match error.kind() {
        ErrorKind::ProtocolError(error) => Some((error.get_id(), error.get_message().as_str())),
        _ => None,
    }
}

/// Whether it is a permission that is missing.
pub(super) fn is_forbidden(error: &Error) -> bool {
    matches!(reply(error), Some((ACCESS_REFUSED, _)))
}

impl Broker {
    /// Why a connection or its channel is over.
    pub(super) fn lost(&self, error: &Error) -> PublishError {
        let address = self.address();
        match (reply(error), error.kind()) {
            (Some((CONNECTION_FORCED | RESOURCE_ERROR | INTERNAL_ERROR, text)), _) => {
                PublishError::unavailable(format!(
                    "the broker at {address} closed the connection ({text})"
                ))
            }
            (Some((_, text)), _) => PublishError::refused(format!(
                "the broker at {address} does not go along with what is asked of it ({text})"
            )),
            (None, ErrorKind::IOError(error)) => PublishError::unavailable(format!(
                "the connection to the broker at {address} broke: {error}"
            )),
            (None, ErrorKind::MissingHeartbeatError) => PublishError::unavailable(format!(
                "the broker at {address} has fallen silent: not even heartbeats come from it"
            )),
            (None, _) => PublishError::unavailable(format!(
                "the connection to the broker at {address} is over: {error}"
            )),
        }
    }
}
