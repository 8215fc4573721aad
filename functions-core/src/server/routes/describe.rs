//! `GET /functions` and `GET /functions/{name}`: what may be called, and how.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;

use super::App;
use super::name::Name;
use crate::schema::Description;
use crate::service::detail::{Detail, json};

pub(super) async fn all(State(app): State<Arc<App>>) -> Response {
    let describe = || to_json(&app.executor().registry().describe());
    let functions = app.functions.get_or_init(describe);
    json(StatusCode::OK, functions.clone())
}

pub(super) async fn one(State(app): State<Arc<App>>, Name(name): Name) -> Response {
    match app.executor().registry().get(&name) {
        Some(function) => json(StatusCode::OK, to_json(&Description::of(function))),
        None => Detail::new(
            StatusCode::NOT_FOUND,
            format!("Function '{name}' not found"),
        )
        .into_response(),
    }
}

fn to_json(description: &impl serde::Serialize) -> Bytes {
    // Schemas are JSON already, and so is everything beside them.
    serde_json::to_vec(description).unwrap_or_default().into()
}
