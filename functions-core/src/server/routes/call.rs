//! `POST /exec` and `POST /functions/{name}`: the two ways to call a function.

use std::borrow::Cow;
use std::sync::Arc;

use axum::BoxError;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::name::Name;
use super::{App, EXECUTION_ID, media_type};
use crate::context::Headers;
use crate::executor::{Overloaded, Running};
use crate::protocol::{self, Malformed};
use crate::service::body::Body;
use crate::service::detail::{Detail, json};

/// What came of a call: the answer of a function, or why none was asked.
pub(super) type Called = Result<Vec<u8>, Response>;

pub(super) async fn exec(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(call(&app, request).await)
}

/// A call whose function and arguments are in the body.
pub(super) async fn call<B>(app: &App, request: http::Request<B>) -> Called
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    let (headers, body) = read(app, request).await?;
    let request = protocol::Request::parse(&body).map_err(IntoResponse::into_response)?;
    let running = begin(app, &request, &headers).await?;
    // An execution may take minutes; what it needed of the request it has read.
    drop((body, headers));
    Ok(running.await.body)
}

/// A call whose function is in the path.
pub(super) async fn function(
    State(app): State<Arc<App>>,
    Name(name): Name,
    request: Request,
) -> Response {
    respond(call_named(&app, name, request).await)
}

async fn call_named(app: &App, name: String, request: Request) -> Called {
    let (headers, body) = read(app, request).await?;
    let arguments = protocol::Request::parse_arguments(&body);
    let request = protocol::Request {
        execution_id: execution_id(&headers),
        function_name: Cow::Owned(name),
        arguments: arguments.map_err(IntoResponse::into_response)?,
    };
    let running = begin(app, &request, &headers).await?;
    drop(request);
    drop((body, headers));
    Ok(running.await.body)
}

async fn read<B>(app: &App, request: http::Request<B>) -> Result<(HeaderMap, Body<'_>), Response>
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    let (Parts { headers, .. }, body) = request.into_parts();
    media_type::check(&headers).map_err(IntoResponse::into_response)?;
    match app.bodies.read(body).await {
        Ok(body) => Ok((headers, body)),
        Err(error) => Err(error.into_response()),
    }
}

async fn begin(
    app: &App,
    request: &protocol::Request<'_>,
    headers: &HeaderMap,
) -> Result<Running, Response> {
    let headers = || {
        let headers = headers.iter();
        headers
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
            .collect::<Headers>()
    };
    let begun = app.executor().begin(request, headers).await;
    begun.map_err(IntoResponse::into_response)
}

fn respond(called: Called) -> Response {
    called.map_or_else(|refusal| refusal, |body| json(StatusCode::OK, body))
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
