//! How much there is to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::App;
use super::problem::Problem;
use super::tenants::Scope;
use crate::bus::{self, Backlog};

/// How many tenants are told of by name: those with the most to do.
const TENANTS: usize = 1000;

/// How many topics are told of.
const TOPICS: usize = 1000;

#[derive(Serialize)]
struct Status {
    status: &'static str,
    bus: BusStatus,
    backlog: Counts,
    tenants: BTreeMap<String, Counts>,
    modules_in_memory: usize,
    modules_in_memory_bytes: u64,
    requests: usize,
}

#[derive(Serialize)]
struct BusStatus {
    ready: bool,
    error: Option<String>,
    topics: Vec<Topic>,
}

#[derive(Serialize)]
struct Topic {
    name: String,
    tenant_id: String,
    connected: bool,
    backlog: u64,
    in_flight: u64,
    error: Option<String>,
}

impl BusStatus {
    /// What a caller may see: of its own tenant only where a gateway speaks for it.
    fn new(status: bus::BusStatus, scope: &Scope) -> Self {
        let mut sources = status.sources;
        sources.retain(|source| scope.holds(&source.tenant));
        // Those that fail first, so that they are among those that are told of.
        sources.sort_by_key(|source| source.connected);
        sources.truncate(TOPICS);
        let all = !matches!(scope, Scope::Own(_));
        Self {
            ready: status.ready,
            error: status.error.filter(|_| all),
            topics: sources.into_iter().map(Topic::from).collect(),
        }
    }
}

impl From<bus::Source> for Topic {
    fn from(source: bus::Source) -> Self {
        Self {
            name: source.name,
            tenant_id: source.tenant.to_string(),
            connected: source.connected,
            backlog: source.backlog,
            in_flight: source.in_flight,
            error: source.error,
        }
    }
}

#[derive(Clone, Copy, Default, Serialize)]
struct Counts {
    waiting: u64,
    in_flight: u64,
    dead: u64,
}

impl From<Backlog> for Counts {
    fn from(backlog: Backlog) -> Self {
        Self {
            waiting: backlog.waiting,
            in_flight: backlog.in_flight,
            dead: backlog.dead,
        }
    }
}

/// A caller for whom a gateway speaks is told of its own tenant.
pub(super) async fn status(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let scope = app.tenants.scope(&headers)?;
    let mut tenants: Vec<_> = app.bus.backlog().await?.into_iter().collect();
    if let Scope::Own(_) = scope {
        tenants.retain(|(tenant, _)| scope.holds(tenant));
    }
    let backlog = tenants
        .iter()
        .fold(Counts::default(), |all, (_, one)| Counts {
            waiting: all.waiting.saturating_add(one.waiting),
            in_flight: all.in_flight.saturating_add(one.in_flight),
            dead: all.dead.saturating_add(one.dead),
        });
    tenants.sort_by_key(|(_, backlog)| std::cmp::Reverse(backlog.waiting));
    tenants.truncate(TENANTS);
    let (modules_in_memory, modules_in_memory_bytes) = app.engine.resident();
    let status = Status {
        status: app.readiness().1,
        bus: BusStatus::new(app.bus.status(), &scope),
        backlog,
        tenants: tenants
            .into_iter()
            .map(|(tenant, backlog)| (tenant.to_string(), backlog.into()))
            .collect(),
        modules_in_memory,
        modules_in_memory_bytes,
        requests: app.in_flight(),
    };
    Ok(Json(status).into_response())
}

/// Looks for new places that requests come from.
pub(super) async fn rescan(State(app): State<Arc<App>>) -> StatusCode {
    app.bus.rescan();
    StatusCode::ACCEPTED
}
