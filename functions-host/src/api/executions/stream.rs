//! Completions as they happen, as server-sent events.
//!
//! Who follows remembers the number of the last one it saw, as every client of such events
//! does by itself, and goes on from there when it comes back. What is told is read from the
//! history a little at a time, whether somebody keeps up or lags behind: so a caller who
//! reads slowly costs no memory.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::api::App;
use crate::api::problem::Problem;
use crate::api::query::{self, Pairs, parsed};
use crate::executions::{Completed, ExecutionId};
use crate::tenant::TenantId;

/// How often something is said where nothing happens: before anybody takes a connection for
/// dead.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// The words of an event, and which execution it is about.
#[derive(Serialize)]
struct Told<'a> {
    execution_id: ExecutionId,
    tenant_id: &'a str,
    asset_id: &'a str,
    wasm_module_id: &'a str,
    status: &'static str,
    results: Option<&'a BTreeMap<String, String>>,
    error_message: Option<&'a str>,
    event_timestamp: i64,
}

/// Where somebody who follows stands.
struct Follower {
    app: Arc<App>,
    tenant: Option<TenantId>,
    newest: watch::Receiver<i64>,
    /// The last that was told, or passed over.
    last: i64,
    /// Up to here there is something to tell.
    until: i64,
    read: VecDeque<Completed>,
    _place: OwnedSemaphorePermit,
}

pub(in crate::api) async fn stream(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    query: Pairs,
) -> Result<Response, Problem> {
    let pairs = query::pairs(query)?;
    let wanted = parsed(&pairs, "tenant_id", "the name of a tenant", |text| {
        text.parse().ok()
    })?;
    let tenant = app.tenants.scope(&headers)?.narrow(wanted)?;
    let place = Arc::clone(&app.streams).try_acquire_owned();
    let place = place.map_err(|_| {
        Problem::Busy("As many follow the stream already as may; try again".to_owned())
    })?;
    let newest = app.executions.newest();
    let now = *newest.borrow();
    let last = match headers.get("last-event-id") {
        None => now,
        Some(id) => {
            let id = id.to_str().ok().and_then(|id| id.parse::<i64>().ok());
            let id = id.filter(|id| *id >= 0).ok_or_else(|| {
                let detail = "The header Last-Event-ID should be the id of an event, a number";
                Problem::new(StatusCode::BAD_REQUEST, detail)
            })?;
            id.min(now)
        }
    };
    let follower = Follower {
        app,
        tenant,
        newest,
        last,
        until: now,
        read: VecDeque::new(),
        _place: place,
    };
    let events = stream::unfold(follower, async |mut follower| {
        let completed = follower.next().await?;
        Some((Ok::<_, Infallible>(event(&completed)), follower))
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(events).keep_alive(keep_alive).into_response())
}

impl Follower {
    /// The next to tell; `None` at the end of the host.
    async fn next(&mut self) -> Option<Completed> {
        loop {
            if let Some(completed) = self.read.pop_front() {
                self.last = completed.seq;
                return Some(completed);
            }
            if self.last < self.until {
                let (executions, tenant) = (&self.app.executions, self.tenant.clone());
                match executions.completions(self.last, self.until, tenant).await {
                    Ok(read) if read.is_empty() => self.last = self.until,
                    Ok(read) => self.read = read.into(),
                    Err(error) => {
                        // Whoever follows comes back, and goes on from the last it saw.
                        tracing::error!(%error, "A stream of completions broke off");
                        return None;
                    }
                }
                continue;
            }
            self.until = *self.newest.borrow_and_update();
            if self.last < self.until {
                continue;
            }
            tokio::select! {
                changed = self.newest.changed() => changed.ok()?,
                () = self.app.stopping.cancelled() => return None,
            }
        }
    }
}

fn event(completed: &Completed) -> Event {
    let (results, error) = match &completed.outcome {
        Ok(results) => (Some(results), None),
        Err(failure) => (None, Some(failure.error.as_str())),
    };
    let told = Told {
        execution_id: completed.id,
        tenant_id: completed.tenant.as_str(),
        asset_id: &completed.asset_id,
        wasm_module_id: &completed.wasm_module_id,
        status: if results.is_some() {
            "SUCCESS"
        } else {
            "FAILURE"
        },
        results,
        error_message: error,
        event_timestamp: completed.finished_at / 1000,
    };
    // Texts and numbers: there is nothing in it that cannot be written.
    let data = serde_json::to_string(&told).unwrap_or_default();
    let id = completed.seq.to_string();
    Event::default().id(id).event("completion").data(data)
}
