//! `PATCH …/{module_id}`: what is said of a module is said anew.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{StatusCode, header};

use super::App;
use super::content::told;
use super::id::Id;
use super::modules::{answer, find};
use super::problem::Problem;
use super::terms::{self, Patch};

/// It counts for the executions that begin from then on.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Id(id): Id,
    request: Request,
) -> Result<Response, Problem> {
    let tenant = app.tenants.of(request.headers())?;
    let body = app.bodies.read(request.into_body()).await?;
    let patch = Patch::read(&body.bytes())?;
    terms::allowed(&app.policy, patch.grants())?;
    if patch.changes_limits() {
        // The first execution is not to wait for a compiler, nor to find out that the
        // module does not compile this way.
        let module = find(&app, &id).await?;
        let mut then = module.terms();
        patch.clone().apply(&mut then)?;
        let metering = app.policy.limits(&tenant, &then.limits).metering();
        let (modules, digest) = (app.modules.clone(), module.sha256);
        let read = async move { modules.bytes(&module).await };
        app.engine.prepare(digest.into(), metering, read).await?;
    }
    let changed = app.modules.change(&id, move |terms| patch.apply(terms));
    let module = changed.await?.ok_or_else(|| Problem::no_module(&id))??;
    tracing::info!(module_id = %id, "A module was changed");
    Ok(answer(
        StatusCode::OK,
        [(header::ETAG, told(&module))],
        &module,
    ))
}
