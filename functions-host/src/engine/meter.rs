//! How much CPU time a guest takes.
//!
//! A guest runs while its future is polled, on whatever thread polls it. So its time is
//! what the clock of that thread gains during polls: other guests on the same thread,
//! and other threads on the same core, are not in it.
//!
//! That clock is a system call, which costs twenty times as much as a look at the clock on
//! the wall, and most executions are over in a few microseconds. So a poll that is shorter
//! than a [`GLANCE`] counts as long as it was, and the thread's clock is read only where it
//! was not read a glance ago. A guest is never told less than it took. It is told more
//! where its thread lost the core during a poll, and by a glance at most.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

/// What is too short for a look at the thread's clock, in nanoseconds.
const GLANCE: u64 = 100_000;

/// The time that one guest took so far, in nanoseconds.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// In polls that ended.
    past: AtomicU64,
    /// The clock on the wall when the present poll began.
    began: AtomicU64,
    /// The thread's clock then, or up to a glance before.
    thread: AtomicU64,
}

/// Both clocks at one moment.
#[derive(Clone, Copy)]
struct Look {
    wall: u64,
    thread: u64,
}

thread_local! {
    /// The last look at the clock of this thread.
    static LAST: Cell<Look> = const { Cell::new(Look { wall: 0, thread: 0 }) };
}

impl Meter {
    /// The time so far. Within a poll it is asked for by what is polled; so it is the
    /// same thread, and nobody else writes.
    pub(super) fn cpu_time(&self) -> Duration {
        let past = self.past.load(Ordering::Relaxed);
        Duration::from_nanos(past.saturating_add(self.present()))
    }

    /// The time of all polls, asked for outside of one.
    pub(super) fn total(&self) -> Duration {
        Duration::from_nanos(self.past.load(Ordering::Relaxed))
    }

    fn begin(&self) {
        let wall = clock(ClockId::Monotonic);
        let mut last = LAST.get();
        if wall.saturating_sub(last.wall) > GLANCE {
            let thread = clock(ClockId::ThreadCPUTime);
            last = Look { wall, thread };
            LAST.set(last);
        }
        self.began.store(wall, Ordering::Relaxed);
        self.thread.store(last.thread, Ordering::Relaxed);
    }

    fn end(&self) {
        self.past.fetch_add(self.present(), Ordering::Relaxed);
    }

    /// The time of the present poll.
    fn present(&self) -> u64 {
        let since =
            |clock: u64, began: &AtomicU64| clock.saturating_sub(began.load(Ordering::Relaxed));
        let passed = since(clock(ClockId::Monotonic), &self.began);
        if passed <= GLANCE {
            return passed;
        }
        passed.min(since(clock(ClockId::ThreadCPUTime), &self.thread))
    }
}

fn clock(clock: ClockId) -> u64 {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(clock);
    let seconds = u64::try_from(tv_sec).unwrap_or(0);
    let nanos = u64::try_from(tv_nsec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
}

/// Polls a future to its end, and counts its polls in a meter.
pub(super) async fn metered<F: Future>(meter: &Meter, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        meter.begin();
        let polled = future.as_mut().poll(cx);
        meter.end();
        polled
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps the thread busy until its own clock says that so much has passed.
    fn spin(nanoseconds: u64) -> u64 {
        let began = clock(ClockId::ThreadCPUTime);
        loop {
            let passed = clock(ClockId::ThreadCPUTime) - began;
            if passed >= nanoseconds {
                return passed;
            }
        }
    }

    #[tokio::test]
    async fn what_a_guest_took_is_never_told_less() {
        let meter = Meter::default();
        let mut taken = 0;
        for spins in [1_000, GLANCE / 2, GLANCE * 5, 1_000] {
            taken += metered(&meter, async { spin(spins) }).await;
            assert!(meter.total() >= Duration::from_nanos(taken));
        }
    }

    #[tokio::test]
    async fn what_others_took_on_the_thread_is_not_in_it() {
        let (mine, others) = (Meter::default(), Meter::default());
        metered(&others, async { spin(GLANCE * 20) }).await;
        metered(&mine, async {
            std::thread::sleep(Duration::from_nanos(GLANCE * 10));
        })
        .await;
        metered(&others, async { spin(GLANCE * 20) }).await;
        assert!(mine.total() < Duration::from_nanos(GLANCE * 10), "{mine:?}");
    }
}
