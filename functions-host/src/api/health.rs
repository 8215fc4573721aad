//! Whether the host lives, and whether it is to be sent requests.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use functions_core::service::detail::json;
use http::StatusCode;
use serde::Serialize;

use super::App;

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    modules_in_memory: usize,
    /// Those that are being answered, this one included.
    requests: usize,
}

pub(super) async fn health() -> Response {
    json(StatusCode::OK, r#"{"status":"ok"}"#)
}

/// Waits for nothing: neither the disk nor the database.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let (is_ready, status) = app.readiness();
    let code = match is_ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let (modules_in_memory, _) = app.engine.resident();
    let ready = Ready {
        status,
        modules_in_memory,
        requests: app.in_flight(),
    };
    json(code, serde_json::to_vec(&ready).unwrap_or_default())
}
