//! `GET /metrics`: what Prometheus asks for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use functions_core::service::detail::Detail;
use http::{HeaderMap, StatusCode, header};
use tokio::time::Instant;

use super::App;
use super::problem::Problem;
use crate::bus::Backlog;
use crate::metrics::{CONTENT_TYPE, Snapshot, Standing};
use crate::tenant::TenantId;

/// How long a backlog is told that was asked for: brokers answer for each topic, and whoever
/// else asks in the meantime asks for the same.
const FRESH: Duration = Duration::from_secs(5);

type Backlogs = BTreeMap<TenantId, Backlog>;

/// The backlog that was asked for last, and when.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<Option<(Instant, Arc<Backlogs>)>>);

impl Seen {
    fn fresh(&self) -> Option<Arc<Backlogs>> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (when, backlog) = seen.as_ref()?;
        (when.elapsed() < FRESH).then(|| Arc::clone(backlog))
    }

    fn keep(&self, backlog: &Arc<Backlogs>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some((Instant::now(), Arc::clone(backlog)));
    }
}

/// Nobody for whom a gateway speaks is told of other tenants.
pub(super) async fn metrics(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(named) = app.named_in_metrics else {
        return Ok(Detail::not_found().into_response());
    };
    if app.tenants.trust_gateway && headers.contains_key("x-tid") {
        let detail = "Metrics are of all tenants, and this request is for one";
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    }
    let backlog = match app.seen.fresh() {
        Some(backlog) => backlog,
        None => {
            let backlog = Arc::new(app.bus.backlog().await?);
            app.seen.keep(&backlog);
            backlog
        }
    };
    let bus = app.bus.status();
    let connected = bus.sources.iter().filter(|source| source.connected).count();
    let history = app.executions.standing().unwrap_or_default();
    let snapshot = Snapshot {
        ready: app.readiness().0,
        bus_ready: bus.ready,
        topics: (connected, bus.sources.len().saturating_sub(connected)),
        tenants: backlog
            .iter()
            .map(|(tenant, backlog)| (tenant.to_string(), standing(*backlog)))
            .collect(),
        modules: app.engine.resident(),
        module_loads: app.engine.loads(),
        http_requests: app.in_flight(),
        history: (history.uncopied, history.is_away),
    };
    let text = app.metrics.write(&snapshot.naming(named));
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}

fn standing(backlog: Backlog) -> Standing {
    Standing {
        backlog: backlog.waiting.saturating_add(backlog.in_flight),
        in_flight: backlog.in_flight,
        dead: backlog.dead,
    }
}
