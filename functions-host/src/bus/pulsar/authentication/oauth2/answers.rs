//! What an issuer answers. It may repeat the secret, and what a reader of JSON says is wrong
//! with it may quote it, so nothing of it is shown but what is known beforehand.

use std::time::Duration;

use hyper::StatusCode;
use serde::Deserialize;

use super::KEY_FILE;
use crate::bus::pulsar::authentication::{AuthenticationError, is_token};

/// How much of its time a token is used.
const USED: f64 = 0.9;

/// The longest that a token is used, whatever is said of it: a day.
const LONGEST_USE: f64 = 86_400.0;

/// The words for what is wrong that the standard has.
const WORDS: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// The address in a well-known document at which tokens are given.
pub(super) fn endpoint(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct WellKnown {
        token_endpoint: String,
    }
    let known = serde_json::from_slice::<WellKnown>(body).ok()?;
    Some(known.token_endpoint)
}

/// A token that was given, and how long it is to be used.
pub(super) fn token(body: &[u8]) -> Option<(Vec<u8>, Duration)> {
    #[derive(Deserialize)]
    struct Given {
        access_token: String,
        expires_in: Option<Seconds>,
    }
    /// Some issuers write a number as a text.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Seconds {
        Number(f64),
        Text(String),
    }
    let given = serde_json::from_slice::<Given>(body).ok()?;
    if !is_token(given.access_token.as_bytes()) {
        return None;
    }
    let lasts = match given.expires_in {
        None => 0.0,
        Some(Seconds::Number(seconds)) => seconds,
        Some(Seconds::Text(seconds)) => seconds.parse().unwrap_or_default(),
    };
    let used = (lasts * USED).clamp(0.0, LONGEST_USE);
    let used = Duration::try_from_secs_f64(used).unwrap_or_default();
    Some((given.access_token.into_bytes(), used))
}

/// Why no token was given.
pub(super) fn refused(from: &str, status: StatusCode, body: &[u8]) -> AuthenticationError {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let refusal = serde_json::from_slice::<Refusal>(body).ok();
    let word = refusal.and_then(|refusal| WORDS.into_iter().find(|word| *word == refusal.error));
    let why = word.map(|word| format!(" and `{word}`"));
    let see = match word {
        Some("invalid_client" | "unauthorized_client") => format!("; see {KEY_FILE}"),
        Some("invalid_scope") => "; see FUNCTIONS_HOST_PULSAR_OAUTH2_SCOPE".to_owned(),
        _ => String::new(),
    };
    let (status, why) = (status.as_u16(), why.unwrap_or_default());
    let what = format!("{from} answers with status {status}{why}, and 200 is needed{see}");
    AuthenticationError::Refused(what)
}
