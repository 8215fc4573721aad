//! Whether a caller waits for the outcome, and for how long.

use std::collections::HashMap;
use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use tokio::time::Instant;

use super::told;
use crate::api::App;
use crate::api::invalid::Invalid;
use crate::api::problem::Problem;
use crate::api::query;
use crate::executions::Execution;

/// How long a caller waits where nothing is said.
const SECONDS: Duration = Duration::from_secs(30);

/// The longest wait, in seconds.
const LONGEST: f64 = 300.0;

/// How long a caller waits, if at all.
pub(super) struct Wait(Option<Duration>);

impl Wait {
    pub(super) fn read(pairs: &HashMap<String, String>) -> Result<Self, Invalid> {
        let wait = query::parsed(pairs, "wait", "true or false", |text| text.parse().ok());
        let allowed = format!("seconds from 0 to {LONGEST}; decimals are fine");
        let seconds = query::parsed(pairs, "wait_seconds", &allowed, |text| {
            let seconds = text.parse().ok();
            let seconds = seconds.filter(|seconds| (0.0..=LONGEST).contains(seconds))?;
            Duration::try_from_secs_f64(seconds).ok()
        });
        match (wait, seconds) {
            (Ok(wait), Ok(seconds)) => {
                let waits = wait.unwrap_or(seconds.is_some());
                Ok(Self(waits.then(|| seconds.unwrap_or(SECONDS))))
            }
            (wait, seconds) => Err(Invalid::both(wait.err(), seconds.err()).unwrap_or_default()),
        }
    }

    /// Tells of an execution: 200 where its outcome was waited for and is there, or where
    /// the execution was there before; else 202.
    pub(super) async fn answer(
        self,
        app: &App,
        execution: Execution,
        is_new: bool,
    ) -> Result<Response, Problem> {
        let Some(wait) = self.0 else {
            let status = if is_new {
                StatusCode::ACCEPTED
            } else {
                StatusCode::OK
            };
            return Ok(told(status, &execution));
        };
        let id = execution.summary.id;
        let end = Instant::now() + wait;
        let ended = tokio::select! {
            ended = app.executions.ended(id, end) => ended?,
            // It goes on with the next start of the host.
            () = app.stopping.cancelled() => app.executions.get(id).await?,
        };
        let execution = ended.unwrap_or(execution);
        let status = match execution.summary.status.is_end() {
            true => StatusCode::OK,
            false => StatusCode::ACCEPTED,
        };
        Ok(told(status, &execution))
    }
}
