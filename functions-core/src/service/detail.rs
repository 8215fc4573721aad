//! Answers for what went wrong before any function ran: `{"detail": "…"}`.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// An answer of the form `{"detail": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detail {
    #[serde(skip)]
    status: StatusCode,
    detail: String,
}

impl Detail {
    /// An answer with that status and text.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
        }
    }

    /// 404: there is nothing under this path.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    /// 405: the path is there, the method is not.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
    }

    /// 500: the service itself broke.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl std::fmt::Display for Detail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl IntoResponse for Detail {
    fn into_response(self) -> Response {
        // One text: there is nothing in it that cannot be written.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        json(self.status, body)
    }
}

/// An answer whose body is JSON already, in whatever kind of body.
pub fn json<B>(status: StatusCode, body: impl Into<B>) -> http::Response<B> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let mut response = http::Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}
