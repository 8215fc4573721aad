//! `GET /ready`: whether calls are welcome, and what may be called.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use super::App;
use crate::events::Status;
use crate::function::Function;
use crate::service::detail::json;

#[derive(Serialize)]
struct Ready<'a> {
    status: &'static str,
    deployment_id: &'a str,
    function_count: usize,
    functions: Vec<&'static str>,
    rabbitmq_enabled: bool,
    rabbitmq_connected: bool,
}

pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let (code, status) = match app.is_ready() {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
    };
    let registry = app.executor().registry();
    let ready = Ready {
        status,
        deployment_id: app.executor().deployment_id(),
        function_count: registry.len(),
        functions: registry.iter().map(Function::name).collect(),
        rabbitmq_enabled: app.rabbitmq.is_some(),
        rabbitmq_connected: app.rabbitmq.as_ref().is_some_and(Status::is_connected),
    };
    // Texts and numbers: there is nothing in it that cannot be written.
    json(code, serde_json::to_vec(&ready).unwrap_or_default())
}
