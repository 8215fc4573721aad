//! Requests that were given up: looked at, tried once more, thrown away.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;

use super::App;
use super::executions::told;
use super::modules::TOTAL;
use super::problem::Problem;
use super::query::{self, Pairs, parsed, part};
use crate::bus::{DeadLetter, DeadLetterId, DeadListing};
use crate::executions::ExecutionId;
use crate::worker::execution_of;

/// How many letters an answer can hold.
const MOST: u64 = 1000;

type Named = Result<Path<String>, PathRejection>;

#[derive(Serialize)]
struct Letter<'a> {
    id: &'a str,
    execution_id: ExecutionId,
    request_id: &'a str,
    tenant_id: &'a str,
    wasm_module_id: &'a str,
    asset_id: &'a str,
    asset_uri: &'a str,
    reason: &'a str,
    attempts: u32,
    died_at: String,
}

impl<'a> From<&'a DeadLetter> for Letter<'a> {
    fn from(letter: &'a DeadLetter) -> Self {
        let request = &letter.request;
        let died_at = std::time::Duration::from_millis(letter.died_at.max(0).unsigned_abs());
        let died_at = std::time::UNIX_EPOCH.checked_add(died_at);
        let died_at = died_at.unwrap_or(std::time::UNIX_EPOCH);
        Self {
            id: letter.id.as_str(),
            execution_id: ExecutionId::of(&request.tenant, request.id.as_str()),
            request_id: request.id.as_str(),
            tenant_id: request.tenant.as_str(),
            wasm_module_id: &request.wasm_module_id,
            asset_id: &request.asset_id,
            asset_uri: &request.asset_uri,
            reason: &letter.reason,
            attempts: letter.attempts,
            died_at: humantime::format_rfc3339_millis(died_at).to_string(),
        }
    }
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    query: Pairs,
) -> Result<Response, Problem> {
    let pairs = query::pairs(query)?;
    let (skip, limit) = part(&pairs, MOST)?;
    let wanted = parsed(&pairs, "tenant_id", "the name of a tenant", |text| {
        text.parse().ok()
    })?;
    let tenant = app.tenants.scope(&headers)?.narrow(wanted)?;
    let wanted = DeadListing {
        tenant,
        skip,
        limit,
    };
    let listed = app.bus.dead_letters(&wanted).await?;
    let letters: Vec<_> = listed.letters.iter().map(Letter::from).collect();
    let total = [(TOTAL, HeaderValue::from(listed.total))];
    Ok((total, Json(letters)).into_response())
}

pub(super) async fn one(
    State(app): State<Arc<App>>,
    id: Named,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let letter = find(&app, id, &headers).await?;
    Ok(Json(Letter::from(&letter)).into_response())
}

/// Puts the request back into the queue, as a new one.
pub(super) async fn replay(
    State(app): State<Arc<App>>,
    id: Named,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let letter = find(&app, id, &headers).await?;
    let again = app.bus.replay(&letter.id).await?;
    let again = again.ok_or_else(|| missing(&letter.id))?;
    let (execution, _) = app.executions.accept(execution_of(&again)).await?;
    Ok(told(StatusCode::ACCEPTED, &execution))
}

pub(super) async fn discard(
    State(app): State<Arc<App>>,
    id: Named,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let letter = find(&app, id, &headers).await?;
    let gone = app.bus.discard(&letter.id).await?;
    let gone = gone.ok_or_else(|| missing(&letter.id))?;
    Ok(Json(Letter::from(&gone)).into_response())
}

/// The dead letter that a path names. Those of others are not there.
async fn find(app: &App, id: Named, headers: &HeaderMap) -> Result<DeadLetter, Problem> {
    let scope = app.tenants.scope(headers)?;
    let Path(id) =
        id.map_err(|rejection| Problem::new(StatusCode::NOT_FOUND, rejection.body_text()))?;
    let id = DeadLetterId::from(&*id);
    let letter = app.bus.dead_letter(&id).await?;
    letter
        .filter(|letter| scope.holds(&letter.request.tenant))
        .ok_or_else(|| missing(&id))
}

fn missing(id: &DeadLetterId) -> Problem {
    let id: String = id.as_str().chars().take(100).collect();
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("Dead letter '{id}' not found"),
    )
}
