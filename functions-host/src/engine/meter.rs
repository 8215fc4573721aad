//! How much CPU time a guest takes.
//!
//! A guest runs while its future is polled, on whatever thread polls it. So its time is
//! what the clock of that thread gains during polls: other guests on the same thread,
//! and other threads on the same core, are not in it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The time that one guest took so far.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// In polls that ended, in nanoseconds.
    past: AtomicU64,
    /// The thread's clock when the present poll began.
    began: AtomicU64,
}

impl Meter {
    /// The time so far. Within a poll it is asked for by what is polled; so it is the
    /// same thread, and nobody else writes.
    pub(super) fn cpu_time(&self) -> Duration {
        let now = thread_clock().saturating_sub(self.began.load(Ordering::Relaxed));
        Duration::from_nanos(self.past.load(Ordering::Relaxed).saturating_add(now))
    }

    /// The time of all polls, asked for outside of one.
    pub(super) fn total(&self) -> Duration {
        Duration::from_nanos(self.past.load(Ordering::Relaxed))
    }

    fn begin(&self) {
        self.began.store(thread_clock(), Ordering::Relaxed);
    }

    fn end(&self) {
        let time = thread_clock().saturating_sub(self.began.load(Ordering::Relaxed));
        self.past.fetch_add(time, Ordering::Relaxed);
    }
}

fn thread_clock() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
}

/// A future whose polls are counted in a [`Meter`].
pub(super) struct Metered<F> {
    future: Pin<Box<F>>,
    meter: Arc<Meter>,
}

impl<F: Future> Metered<F> {
    pub(super) fn new(future: F, meter: Arc<Meter>) -> Self {
        Self {
            future: Box::pin(future),
            meter,
        }
    }
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.meter.begin();
        let polled = self.future.as_mut().poll(cx);
        self.meter.end();
        polled
    }
}
