//! `POST /exec` and `POST /functions/{name}`: the two ways to call a function.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{App, EXECUTION_ID, media_type};
use crate::context::Headers;
use crate::executor::{Overloaded, Running};
use crate::protocol::{self, Malformed};
use crate::service::body::Body;
use crate::service::detail::{Detail, json};

pub(super) async fn exec(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = match read(&app, request).await {
        Ok(read) => read,
        Err(refusal) => return refusal,
    };
    let running = match protocol::Request::parse(&body) {
        Ok(request) => begin(&app, &request, &parts.headers).await,
        Err(malformed) => return malformed.into_response(),
    };
    // An execution may take minutes; what it needed of the body it has read.
    drop(body);
    answer(running).await
}

pub(super) async fn function(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = match read(&app, request).await {
        Ok(read) => read,
        Err(refusal) => return refusal,
    };
    let arguments = match protocol::Request::parse_arguments(&body) {
        Ok(arguments) => arguments,
        Err(malformed) => return malformed.into_response(),
    };
    let request = protocol::Request {
        execution_id: execution_id(&parts.headers),
        function_name: Cow::Owned(name),
        arguments,
    };
    let running = begin(&app, &request, &parts.headers).await;
    drop(body);
    answer(running).await
}

async fn read(app: &App, request: Request) -> Result<(Parts, Body<'_>), Response> {
    let (parts, body) = request.into_parts();
    media_type::check(&parts.headers).map_err(IntoResponse::into_response)?;
    match app.bodies.read(body).await {
        Ok(body) => Ok((parts, body)),
        Err(error) => Err(error.into_response()),
    }
}

async fn begin(
    app: &App,
    request: &protocol::Request<'_>,
    headers: &HeaderMap,
) -> Result<Running, Overloaded> {
    let headers = || {
        let headers = headers.iter();
        headers
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
            .collect::<Headers>()
    };
    app.executor().begin(request, headers).await
}

async fn answer(running: Result<Running, Overloaded>) -> Response {
    match running {
        Ok(running) => json(StatusCode::OK, running.await.body),
        Err(overloaded) => overloaded.into_response(),
    }
}

/// The caller's name for the execution, or a new one.
fn execution_id(headers: &HeaderMap) -> Cow<'_, str> {
    match headers.get(EXECUTION_ID) {
        Some(id) => String::from_utf8_lossy(id.as_bytes()),
        None => Cow::Owned(uuid::Uuid::new_v4().to_string()),
    }
}

impl IntoResponse for Malformed {
    fn into_response(self) -> Response {
        tracing::info!(target: "functions_core::server", error = %self, "Malformed request");
        json(StatusCode::UNPROCESSABLE_ENTITY, self.to_json())
    }
}

impl IntoResponse for Overloaded {
    fn into_response(self) -> Response {
        /// Seconds. Executions are short, as a rule.
        const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");
        let mut response =
            Detail::new(StatusCode::SERVICE_UNAVAILABLE, self.to_string()).into_response();
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, RETRY_AFTER);
        response
    }
}
