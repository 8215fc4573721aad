//! The registry: modules handed over, listed, looked at, removed. How they are changed is
//! in [`change`](super::change).

use std::future::ready;
use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::App;
use super::content::{has, told};
use super::form;
use super::id::Id;
use super::invalid::Invalid;
use super::problem::Problem;
use super::query::{self, Pairs};
use super::terms;
use crate::modules::{Module, ModuleId, ModulesError, NewModule, UploadError};

/// How many there are of the kind asked for.
pub(super) const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// The function that is called where none is named.
pub(super) const HANDLER: &str = "run";

pub(super) async fn upload(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let tenant = app.tenants.of(&headers)?;
    let form = form.map_err(|_| {
        let msg = "Input should be a form of the type multipart/form-data";
        Invalid::wrong("form_type", &["body"], msg, None)
    })?;
    let read = form::read(&app.modules, form);
    let form = tokio::time::timeout(app.upload_timeout, read)
        .await
        .map_err(|_| UploadError::TimedOut(app.upload_timeout))??;
    terms::allowed(&app.policy, !form.terms.grants.is_empty())?;
    if app.modules.get(&form.id).await?.is_some() {
        return Err(ModulesError::Exists(form.id).into());
    }
    let bytes = form.file.bytes().await?;
    let hosts = app.policy.http(&form.terms.grants);
    let found = app
        .inspect(bytes.clone(), HANDLER.to_owned(), hosts)
        .await?;
    let digest = form.file.digest();
    let metering = app.policy.limits(&tenant, &form.terms.limits).metering();
    app.engine
        .prepare(digest.into(), metering, ready(Ok(bytes)))
        .await?;
    let new = NewModule {
        id: form.id,
        abi: found.abi.as_str().to_owned(),
        terms: form.terms,
    };
    let module = app.modules.add(new, form.file).await?;
    tracing::info!(
        module_id = %module.id, sha256 = %module.sha256, size_bytes = module.size_bytes,
        abi = module.abi, "A module was added"
    );
    let location = format!("/api/v1/wasm-modules/{}", module.id);
    let headers = [
        (header::LOCATION, HeaderValue::try_from(location).ok()),
        (header::ETAG, told(&module)),
    ];
    Ok(answer(StatusCode::CREATED, headers, &module))
}

pub(super) async fn list(State(app): State<Arc<App>>, query: Pairs) -> Result<Response, Problem> {
    let listed = app.modules.list(&query::listing(query)?).await?;
    let total = [(TOTAL, HeaderValue::from(listed.total))];
    Ok((total, Json(listed.modules)).into_response())
}

pub(super) async fn one(
    State(app): State<Arc<App>>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let module = find(&app, &id).await?;
    let (status, module) = (StatusCode::OK, &*module);
    let etag = told(module);
    let is_known = has(&headers, etag.as_ref());
    let etag = [(header::ETAG, etag)];
    Ok(match is_known {
        true => (StatusCode::NOT_MODIFIED, all(etag)).into_response(),
        false => answer(status, etag, module),
    })
}

pub(super) async fn remove(State(app): State<Arc<App>>, Id(id): Id) -> Result<Response, Problem> {
    let removed = app.modules.remove(&id).await?;
    let removed = removed.ok_or_else(|| Problem::no_module(&id))?;
    if removed.was_last {
        let engine = app.engine.clone();
        let digest = removed.module.sha256.into();
        let forgotten = tokio::task::spawn_blocking(move || engine.forget(digest)).await;
        if let Ok(Err(error)) = forgotten {
            tracing::warn!(%error, module_id = %id, "Machine code of a removed module is left");
        }
    }
    tracing::info!(module_id = %id, "A module was removed");
    Ok(answer(StatusCode::OK, [], &removed.module))
}

/// The module of this id.
pub(super) async fn find(app: &App, id: &ModuleId) -> Result<Arc<Module>, Problem> {
    let module = app.modules.get(id).await?;
    module.ok_or_else(|| Problem::no_module(id))
}

pub(super) fn answer<const N: usize>(
    status: StatusCode,
    headers: [(HeaderName, Option<HeaderValue>); N],
    module: &Module,
) -> Response {
    (status, all(headers), Json(module)).into_response()
}

fn all<const N: usize>(headers: [(HeaderName, Option<HeaderValue>); N]) -> HeaderMap {
    let headers = headers.into_iter();
    headers
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}
