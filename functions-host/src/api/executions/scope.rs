//! Of whom an answer is, where it is not of all who share the history.

use axum::response::Response;
use http::{HeaderName, HeaderValue};

use crate::executions::Scope;

/// What is missing: `host`, all that other hosts know; `behind`, what this host did last.
const SCOPE: HeaderName = HeaderName::from_static("x-history-scope");

/// Says so in an answer.
pub(super) fn tell(response: &mut Response, scope: Scope) {
    let word = match scope {
        Scope::All => return,
        Scope::Behind => "behind",
        Scope::Host => "host",
    };
    let word = HeaderValue::from_static(word);
    response.headers_mut().insert(SCOPE, word);
}
