//! When which event is due on a session.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::delays::Delays;
use super::{Event, Policy};

#[derive(Debug)]
pub(super) struct Schedule {
    /// `None` once it is delivered.
    started: Option<Instant>,
    healthy: Instant,
    interval: Duration,
    retry_delay: Duration,
    /// Of events that nobody takes.
    started_delays: Delays,
    healthy_delays: Delays,
}

impl Schedule {
    /// The schedule of a session that begins now.
    pub(super) fn new(policy: &Policy) -> Self {
        let now = Instant::now();
        Self {
            started: Some(now),
            healthy: now + policy.health_check_interval,
            interval: policy.health_check_interval,
            retry_delay: policy.retry_delay,
            started_delays: Delays::new(policy.retry_delay),
            healthy_delays: Delays::new(policy.retry_delay),
        }
    }

    /// Waits for the next event.
    pub(super) async fn due(&self) -> Event {
        let (event, at) = match self.started {
            Some(started) if started <= self.healthy => (Event::Started, started),
            _ => (Event::Healthy, self.healthy),
        };
        sleep_until(at).await;
        event
    }

    pub(super) fn delivered(&mut self, event: Event) {
        if event == Event::Started {
            self.started = None;
            return;
        }
        self.healthy_delays = Delays::new(self.retry_delay);
        // Where one has waited for long, those after it have not piled up.
        let (now, next) = (Instant::now(), self.healthy + self.interval);
        self.healthy = if next > now {
            next
        } else {
            now + self.interval
        };
    }

    /// Nobody takes the event; there may be somebody soon.
    pub(super) fn unroutable(&mut self, event: Event) {
        let now = Instant::now();
        if event == Event::Started {
            self.started = Some(now + self.started_delays.next());
        } else {
            self.healthy = now + self.healthy_delays.next().min(self.interval);
        }
    }
}
