//! Executions: asked for, looked up, followed, asked for again.

mod listing;
mod scope;
mod stream;
mod submission;
mod waiting;

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request as HttpRequest, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

pub(super) use stream::stream;

use super::App;
use super::modules::TOTAL;
use super::problem::Problem;
use super::query::{self, Pairs};
use crate::bus::{Request, RequestId};
use crate::executions::{Execution, ExecutionId, Found, Scope};
use crate::worker::execution_of;
use waiting::Wait;

/// The id in a path, if it is one.
type Named = Result<Path<String>, PathRejection>;

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    query: Pairs,
    request: HttpRequest,
) -> Result<Response, Problem> {
    let headers = request.headers();
    let scope = app.tenants.scope(headers)?;
    let key = submission::key(headers)?;
    let wait = Wait::read(&query::pairs(query)?)?;
    // Its place is kept until what is made of it lies on the disk.
    let body = app.bodies.read(request.into_body()).await?;
    let read = submission::read(&body, key, app.max_input_bytes)?;
    let tenant = scope.narrow(read.tenant)?;
    let tenant = tenant.unwrap_or_else(|| app.tenants.default.clone());
    let asked = Request {
        id: read.id,
        tenant,
        asset_id: read.asset_id,
        asset_uri: read.asset_uri,
        wasm_module_id: read.wasm_module_id,
        event_timestamp: submission::now(),
        repeats: None,
        flaw: None,
    };
    let (execution, is_new) = queue(&app, asked).await?;
    drop(body);
    wait.answer(&app, execution, is_new).await
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    query: Pairs,
) -> Result<Response, Problem> {
    let mut wanted = listing::read(&query::pairs(query)?)?;
    wanted.tenant = app.tenants.scope(&headers)?.narrow(wanted.tenant)?;
    let listed = app.executions.list(wanted).await?;
    let total = [(TOTAL, HeaderValue::from(listed.total))];
    let mut response = (total, Json(listed.executions)).into_response();
    scope::tell(&mut response, listed.scope);
    Ok(response)
}

pub(super) async fn one(
    State(app): State<Arc<App>>,
    id: Named,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (execution, scope) = find(&app, id, &headers).await?;
    let mut response = Json(execution).into_response();
    scope::tell(&mut response, scope);
    Ok(response)
}

/// Asks for the same again, as an execution of its own.
pub(super) async fn retry(
    State(app): State<Arc<App>>,
    id: Named,
    headers: HeaderMap,
    query: Pairs,
) -> Result<Response, Problem> {
    let wait = Wait::read(&query::pairs(query)?)?;
    let (before, _) = find(&app, id, &headers).await?;
    if !before.summary.status.is_end() {
        let detail = format!(
            "Execution {} is {}; it can be asked for again once it has ended",
            before.summary.id,
            before.summary.status.as_str()
        );
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let id = submission::key(&headers)?.unwrap_or_else(RequestId::unique);
    let again = Request {
        id,
        tenant: before.summary.tenant_id,
        asset_id: before.summary.asset_id,
        asset_uri: before.summary.asset_uri.unwrap_or_default(),
        wasm_module_id: before.summary.wasm_module_id,
        event_timestamp: submission::now(),
        repeats: before.summary.request_id.parse().ok(),
        flaw: None,
    };
    let (execution, is_new) = queue(&app, again).await?;
    wait.answer(&app, execution, is_new).await
}

/// Puts a request on the bus and into the history, unless it was there before, here or at
/// another host; its execution, and whether that is new.
async fn queue(app: &App, request: Request) -> Result<(Execution, bool), Problem> {
    let new = execution_of(&request);
    if app.executions.here(new.id()).await?.is_none() {
        if let Some(known) = app.executions.elsewhere(&new).await? {
            return Ok((known, false));
        }
        // First the bus: what is in the history alone would never run.
        app.bus.submit(request).await?;
    }
    Ok(app.executions.accept(new).await?)
}

/// The execution that a path names, and who was asked. Those of others are not there.
async fn find(app: &App, id: Named, headers: &HeaderMap) -> Result<(Execution, Scope), Problem> {
    let tenants = app.tenants.scope(headers)?;
    let refused = |why: String| Problem::new(StatusCode::NOT_FOUND, why);
    let Path(id) = id.map_err(|rejection| refused(rejection.body_text()))?;
    let id: ExecutionId = id
        .parse()
        .map_err(|error| refused(format!("No such execution: {error}")))?;
    let Found { execution, scope } = app.executions.find(id).await?;
    match execution.filter(|execution| tenants.holds(&execution.summary.tenant_id)) {
        Some(execution) => Ok((execution, scope)),
        // Another host may know of it.
        None if scope == Scope::Host => Err(Problem::Busy(
            "The history that hosts share does not answer; try again".to_owned(),
        )),
        None => Err(refused(format!("Execution '{id}' not found"))),
    }
}

/// Tells of an execution and where it can be looked up.
pub(super) fn told(status: StatusCode, execution: &Execution) -> Response {
    let location = format!("/api/v1/executions/{}", execution.summary.id);
    let location = HeaderValue::try_from(location).ok();
    let mut response = (status, Json(execution)).into_response();
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
