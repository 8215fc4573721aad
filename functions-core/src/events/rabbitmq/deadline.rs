//! The time that one attempt to connect has.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::super::PublishError;
use super::broker::Broker;

/// Longer than anybody waits, and yet a time that there is.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

pub(super) struct Deadline<'a> {
    at: Instant,
    limit: Duration,
    broker: &'a Broker,
}

impl<'a> Deadline<'a> {
    pub(super) fn after(limit: Duration, broker: &'a Broker) -> Self {
        Self {
            at: Instant::now() + limit.min(FOREVER),
            limit,
            broker,
        }
    }

    /// What each of so many attempts may take of the time that is left.
    pub(super) fn share(&self, attempts: usize) -> Duration {
        let left = self.at.saturating_duration_since(Instant::now());
        left / u32::try_from(attempts.max(1)).unwrap_or(u32::MAX)
    }

    /// Waits for a step of the attempt.
    pub(super) async fn hold<T>(
        &self,
        step: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, PublishError> {
        let done = timeout_at(self.at, work).await;
        done.map_err(|_| self.broker.late(step, self.limit))
    }
}
