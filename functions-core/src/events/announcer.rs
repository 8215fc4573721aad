//! Who sees to it that the world is told.
//!
//! One task owns the publisher and its session, from the start of a server to its
//! end. Nobody waits for it: it is started, and at the end it is told to say goodbye
//! while the server drains. Whatever happens to a session, the answer is the same:
//! drop it, wait a little, connect again.
//!
//! It sends one message at a time and keeps none. A started event is due until
//! somebody has taken it, on every new session: whoever is at the other end may have
//! lost what it was told, and hearing it twice does no harm. A healthy event is due
//! at its interval; one that could not go out is dropped, since the next one says
//! the same.

mod delays;
mod log;
mod schedule;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::publisher::AnySession;
use super::{Announcements, AnyPublisher, Event, Notice, PublishError, Receipt};
use delays::Delays;
use log::Log;
use schedule::Schedule;

/// How long a goodbye may hold up the end of a server that has nothing else to do.
const GOODBYE: Duration = Duration::from_secs(1);

/// How much longer than its time a publisher has to say by itself what took too long.
const PATIENCE: Duration = Duration::from_secs(1);

/// When things happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) health_check_interval: Duration,
    /// For a connection, and for each answer on it.
    pub(crate) timeout: Duration,
    /// After so many failed attempts to connect it is an outage.
    pub(crate) max_retries: usize,
    /// The first delay. The ones after it grow.
    pub(crate) retry_delay: Duration,
    /// Whether an end is announced.
    pub(crate) stopped_event: bool,
}

/// Whether there is a session. Clones tell the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Status(Arc<AtomicBool>);

impl Status {
    pub(crate) fn is_connected(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, connected: bool) {
        self.0.store(connected, Ordering::Relaxed);
    }
}

/// Announces what happens to a deployment.
#[derive(Debug)]
pub(crate) struct Announcer {
    publisher: Arc<dyn AnyPublisher>,
    announcements: Announcements,
    policy: Policy,
    status: Status,
    log: Log,
    /// Since when the session takes nothing.
    blocked: Option<Instant>,
}

/// How a session ended.
enum Ended {
    Lost(PublishError),
    Stopped,
}

impl Announcer {
    pub(crate) fn new(
        publisher: Arc<dyn AnyPublisher>,
        announcements: Announcements,
        policy: Policy,
        status: Status,
    ) -> Self {
        let log = Log::new(publisher.target(), policy.max_retries);
        Self {
            publisher,
            announcements,
            policy,
            status,
            log,
            blocked: None,
        }
    }

    /// Begins, on the current Tokio runtime.
    pub(crate) fn start(self) -> Announcing {
        let stop = CancellationToken::new();
        let task = tokio::spawn(self.run(stop.clone()));
        Announcing { stop, task }
    }

    async fn run(mut self, stop: CancellationToken) {
        let mut delays = Delays::new(self.policy.retry_delay);
        loop {
            let session = tokio::select! {
                biased;
                () = stop.cancelled() => return self.leave_unsaid(),
                session = self.connect() => session,
            };
            let error = match session {
                Err(error) => error,
                Ok(session) => {
                    self.status.set(true);
                    let ended = self.use_up(&*session, &mut delays, &stop).await;
                    self.status.set(false);
                    match ended {
                        Ended::Stopped => return self.say_goodbye(session).await,
                        Ended::Lost(error) => error,
                    }
                }
            };
            self.blocked = None;
            self.log.unavailable(&error);
            tokio::select! {
                biased;
                () = stop.cancelled() => return self.leave_unsaid(),
                () = sleep(delays.next()) => {}
            }
        }
    }

    async fn connect(&self) -> Result<Box<dyn AnySession>, PublishError> {
        let within = self.policy.timeout;
        match timeout(within + PATIENCE, self.publisher.connect()).await {
            Ok(session) => session,
            Err(_) => Err(late("connection", within)),
        }
    }

    /// Announces on a session until its end.
    async fn use_up(
        &mut self,
        session: &dyn AnySession,
        delays: &mut Delays,
        stop: &CancellationToken,
    ) -> Ended {
        let mut schedule = Schedule::new(&self.policy);
        loop {
            let event = tokio::select! {
                biased;
                () = stop.cancelled() => return Ended::Stopped,
                notice = session.notice() => match self.heed(notice) {
                    Some(lost) => return Ended::Lost(lost),
                    None => continue,
                },
                event = schedule.due(), if self.blocked.is_none() => event,
            };
            match self.publish(session, event, stop).await {
                Err(ended) => return ended,
                Ok(receipt) => {
                    *delays = Delays::new(self.policy.retry_delay);
                    self.log.answered();
                    let key = self.announcements.key(event);
                    self.log.receipt(event, key, &receipt);
                    match receipt {
                        Receipt::Delivered => schedule.delivered(event),
                        Receipt::Unroutable(_) => schedule.unroutable(event),
                    }
                }
            }
        }
    }

    async fn publish(
        &mut self,
        session: &dyn AnySession,
        event: Event,
        stop: &CancellationToken,
    ) -> Result<Receipt, Ended> {
        let within = self.policy.timeout;
        let message = self.announcements.message(event);
        let mut publishing = session.publish(&message);
        let mut deadline = Instant::now() + within;
        loop {
            tokio::select! {
                biased;
                // Else what is on its way may arrive: the goodbye comes after it.
                () = stop.cancelled(), if self.blocked.is_some() => return Err(Ended::Stopped),
                receipt = &mut publishing => return receipt.map_err(Ended::Lost),
                notice = session.notice() => {
                    if let Some(lost) = self.heed(notice) {
                        return Err(Ended::Lost(lost));
                    }
                    deadline = Instant::now() + within;
                }
                // Who is told to wait waits: that is no reason to connect again.
                () = sleep_until(deadline), if self.blocked.is_none() => {
                    return Err(Ended::Lost(late("answer to a message", within)));
                }
            }
        }
    }

    /// What ended the session, if it has.
    fn heed(&mut self, notice: Notice) -> Option<PublishError> {
        match notice {
            Notice::Lost(error) => return Some(error),
            Notice::Blocked(reason) => {
                if self.blocked.is_none() {
                    self.blocked = Some(Instant::now());
                    self.log.blocked(&reason);
                }
            }
            Notice::Unblocked => {
                if let Some(since) = self.blocked.take() {
                    self.log.unblocked(since);
                }
            }
        }
        None
    }

    async fn say_goodbye(mut self, session: Box<dyn AnySession>) {
        if self.blocked.is_some() {
            return self.leave_unsaid();
        }
        if self.policy.stopped_event {
            let message = self.announcements.message(Event::Stopped);
            match session.publish(&message).await {
                Ok(receipt) => self
                    .log
                    .receipt(Event::Stopped, message.routing_key(), &receipt),
                Err(error) => self.log.stop_untold(Some(&error)),
            }
        }
        session.close().await;
    }

    fn leave_unsaid(&self) {
        if self.policy.stopped_event {
            self.log.stop_untold(None);
        }
    }
}

fn late(what: &str, within: Duration) -> PublishError {
    let seconds = within.as_secs_f64();
    PublishError::unavailable(format!("there was no {what} within {seconds} s"))
}

/// An announcer at work. Dropped, it ends without a word.
#[derive(Debug)]
#[must_use = "it ends where it is dropped"]
pub(crate) struct Announcing {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Announcing {
    /// Has it say goodbye. What is returned ends when that is done, and at the latest
    /// a second from now, or at once if it is asked for later than that.
    pub(crate) fn stop(self) -> impl Future<Output = ()> {
        self.stop.cancel();
        let latest = Instant::now() + GOODBYE;
        async move {
            let mut announcing = self;
            // A goodbye that takes too long is cut off; a panic has been reported.
            let _ = timeout_at(latest, &mut announcing.task).await;
        }
    }
}

impl Drop for Announcing {
    fn drop(&mut self) {
        self.task.abort();
    }
}
