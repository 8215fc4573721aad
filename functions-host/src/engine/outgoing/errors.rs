//! What a guest is told where a request fails.

use wasmtime_wasi_http::Error;

use crate::egress::{DialError, SendError};

/// There is no answer.
pub(super) fn of_request(error: SendError) -> Error {
    match error {
        SendError::Dial(DialError::Refused(_)) => Error::DestinationIpProhibited,
        SendError::Dial(DialError::NoHost(_)) => Error::HttpRequestUriInvalid,
        SendError::Dial(DialError::Unresolved(_)) => Error::DnsError {
            rcode: None,
            info_code: None,
        },
        SendError::Dial(DialError::Unreachable { .. }) => Error::ConnectionRefused,
        SendError::Dial(DialError::TimedOut { .. }) => Error::ConnectionTimeout,
        SendError::Dial(DialError::Tls { .. }) => Error::TlsProtocolError,
        SendError::Broken(_) => Error::HttpProtocolError,
    }
}

/// The answer breaks off.
pub(super) fn of_body(error: &hyper::Error) -> Error {
    if error.is_incomplete_message() {
        Error::HttpResponseIncomplete
    } else {
        Error::HttpProtocolError
    }
}
