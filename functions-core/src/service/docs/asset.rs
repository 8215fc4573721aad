//! Bytes that are served as they are, and not sent again to those who have them.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, StatusCode};

/// Kept, but never shown before the server has said that it is still the same:
/// the next release has other bytes under the same name.
const ASK_FIRST: &str = "no-cache";

#[derive(Debug)]
pub(super) struct Asset {
    content_type: &'static str,
    body: Bytes,
    etag: String,
}

impl Asset {
    pub(super) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        Self {
            content_type,
            etag: format!("\"{:016x}\"", hasher.finish()),
            body,
        }
    }

    /// The asset, or 304 where the request says that its sender has it.
    pub(super) fn answer(&self, request: &HeaderMap) -> Response {
        let always = [
            (ETAG, &*self.etag),
            (CACHE_CONTROL, ASK_FIRST),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        if self.is_known(request) {
            return (StatusCode::NOT_MODIFIED, always).into_response();
        }
        let content_type = [(CONTENT_TYPE, self.content_type)];
        (always, content_type, self.body.clone()).into_response()
    }

    fn is_known(&self, request: &HeaderMap) -> bool {
        request
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|tags| tags.to_str().ok())
            .flat_map(|tags| tags.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.etag)
    }
}
