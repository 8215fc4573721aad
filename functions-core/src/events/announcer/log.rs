//! What is said of all this: once when something begins, once when it ends.
//!
//! Whoever reads the log of a server for its calls must not have to read on past a
//! line a second about a broker. Each trouble is one state here, and only its
//! beginning and its end are told; what is tried in between is for `DEBUG`.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::{Event, PublishError, Receipt};

const TARGET: &str = "functions_core::events";

/// How many reasons of one outage are told, at most.
const MOST_REASONS: usize = 8;

#[derive(Debug)]
pub(super) struct Log {
    broker: String,
    max_retries: usize,
    has_published: bool,
    outage: Option<Outage>,
    /// Events that nobody takes.
    unrouted: BTreeSet<Event>,
    /// Since a message was last answered.
    attempts: usize,
    /// Whether one was, on the session that there is.
    is_answered: bool,
}

#[derive(Debug)]
struct Outage {
    since: Instant,
    is_long: bool,
    /// For which reasons publishing was refused.
    refusals: BTreeSet<String>,
}

impl Log {
    pub(super) fn new(broker: String, max_retries: usize) -> Self {
        Self {
            broker,
            max_retries,
            has_published: false,
            outage: None,
            unrouted: BTreeSet::new(),
            attempts: 0,
            is_answered: false,
        }
    }

    /// There is no session (any more).
    pub(super) fn unavailable(&mut self, error: &PublishError) {
        if !std::mem::take(&mut self.is_answered) {
            self.attempts += 1;
        }
        let (broker, attempts) = (&self.broker, self.attempts);
        let is_first = self.outage.is_none();
        let outage = self.outage.get_or_insert_with(|| Outage {
            since: Instant::now(),
            is_long: false,
            refusals: BTreeSet::new(),
        });
        let is_new = error.is_refused()
            && outage.refusals.len() < MOST_REASONS
            && outage.refusals.insert(error.to_string());
        if attempts >= self.max_retries && !outage.is_long {
            outage.is_long = true;
            tracing::error!(
                target: TARGET,
                broker,
                %error,
                attempts,
                outage_seconds = outage.since.elapsed().as_secs_f64(),
                "Events cannot be published for some time now. Calls are served all the same, and it goes on trying"
            );
        } else if is_first || is_new {
            tracing::warn!(
                target: TARGET,
                broker,
                %error,
                "Events cannot be published. Calls are served all the same, and it is tried again"
            );
        } else {
            tracing::debug!(target: TARGET, broker, %error, attempts, "Events cannot be published yet");
        }
    }

    /// A message was answered, so all is well with the session.
    pub(super) fn answered(&mut self) {
        self.is_answered = true;
        let (broker, attempts) = (&self.broker, std::mem::take(&mut self.attempts));
        let is_first = !std::mem::replace(&mut self.has_published, true);
        if let Some(outage) = self.outage.take() {
            tracing::info!(
                target: TARGET,
                broker,
                outage_seconds = outage.since.elapsed().as_secs_f64(),
                attempts,
                "Events are published again"
            );
        } else if is_first {
            tracing::info!(target: TARGET, broker, "Events are published");
        }
    }

    pub(super) fn receipt(&mut self, event: Event, routing_key: &str, receipt: &Receipt) {
        let broker = &self.broker;
        match receipt {
            Receipt::Unroutable(reason) => {
                if self.unrouted.insert(event) {
                    tracing::warn!(
                        target: TARGET,
                        broker,
                        %event,
                        routing_key,
                        reason,
                        "Nobody takes an event"
                    );
                }
            }
            Receipt::Delivered => {
                if self.unrouted.remove(&event) {
                    tracing::info!(target: TARGET, broker, %event, routing_key, "The event is taken again");
                }
            }
        }
    }

    pub(super) fn blocked(&self, reason: &str) {
        tracing::warn!(
            target: TARGET,
            broker = self.broker,
            reason,
            "The broker takes no messages for the time being. Calls are served all the same, and events wait"
        );
    }

    pub(super) fn unblocked(&self, since: Instant) {
        tracing::info!(
            target: TARGET,
            broker = self.broker,
            blocked_seconds = since.elapsed().as_secs_f64(),
            "The broker takes messages again"
        );
    }

    /// The end of the deployment could not be announced.
    pub(super) fn stop_untold(&self, error: Option<&PublishError>) {
        tracing::warn!(
            target: TARGET,
            broker = self.broker,
            error = error.map(tracing::field::display),
            event = %Event::Stopped,
            "The end of this deployment could not be announced"
        );
    }
}
