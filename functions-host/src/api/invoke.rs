//! `POST …/{module_id}/invoke`: bytes in, bytes out.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use super::id::Id;
use super::modules::{HANDLER, find};
use super::problem::Problem;
use super::query::{self, Pairs};
use super::{App, outcome};
use crate::engine::Call;
use crate::metrics::Trigger;

/// The function to call is named by `?handler=`.
pub(super) async fn invoke(
    State(app): State<Arc<App>>,
    Id(id): Id,
    query: Pairs,
    request: Request,
) -> Result<Response, Problem> {
    let tenant = app.tenants.of(request.headers())?;
    let handler = query::pairs(query)?.remove("handler");
    let handler = handler.map_or(HANDLER.into(), Into::into);
    let module = find(&app, &id).await?;
    let body = app.bodies.read(request.into_body()).await?;
    let read = {
        let (modules, module) = (app.modules.clone(), Arc::clone(&module));
        async move { modules.bytes(&module).await }
    };
    let limits = app.policy.limits(&tenant, &module.limits);
    let prepared = app
        .engine
        .prepare(module.sha256.into(), limits.metering(), read)
        .await?;
    let call = Call {
        tenant,
        handler,
        input: body.bytes(),
        environment: app.policy.environment(&module.grants),
        http: app.policy.http(&module.grants),
        limits,
    };
    let output = outcome::run(&app, Trigger::Invoke, &prepared, call).await?;
    let mut response = Body::from(output).into_response();
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
