//! Who has just come goes before those who run for long.
//!
//! Guests make way after a slice. Where each thread has one that spins, whoever comes would
//! wait for the rest of a slice, which is many times as long as most executions take. So
//! an arrival ends the slices at once, by a step of the epoch, and who makes way lets
//! those go first who have not run yet. That costs an arrival nothing where no guest has
//! run for a slice; and who makes way does so a few times at most, so that no flood of
//! arrivals keeps a guest from running.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::yield_now;

/// How often a guest makes way before it runs on, whoever waits.
const PAUSES: usize = 4;

/// What is known of the guests on the threads.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Guests that have come and did not run yet.
    waiting: AtomicUsize,
    /// Guests that have run for a slice without a pause.
    long: AtomicUsize,
}

/// A guest that has come and did not run yet, for as long as this lives.
#[derive(Debug)]
pub(super) struct Arrival(Arc<Shared>);

/// A guest that runs for long, for as long as this lives.
#[derive(Debug)]
pub(super) struct Long(Arc<Shared>);

impl Pace {
    pub(super) fn arrive(&self) -> Arrival {
        self.0.waiting.fetch_add(1, Ordering::Relaxed);
        Arrival(Arc::clone(&self.0))
    }

    pub(super) fn long(&self) -> Long {
        self.0.long.fetch_add(1, Ordering::Relaxed);
        Long(Arc::clone(&self.0))
    }

    /// Whether the threads may be taken by guests that run for long.
    pub(super) fn is_held_up(&self) -> bool {
        self.0.long.load(Ordering::Relaxed) > 0
    }

    /// Lets others run.
    pub(super) async fn make_way(self) {
        for _ in 0..PAUSES {
            yield_now().await;
            if self.0.waiting.load(Ordering::Relaxed) == 0 {
                return;
            }
        }
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Long {
    fn drop(&mut self) {
        self.0.long.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::{PAUSES, Pace};
    use futures_util::FutureExt as _;
    use std::pin::pin;

    /// How often a guest that makes way lets others run.
    async fn pauses(pace: &Pace) -> usize {
        let mut way = pin!(pace.clone().make_way());
        let mut pauses = 0;
        while way.as_mut().now_or_never().is_none() {
            pauses += 1;
        }
        pauses
    }

    #[tokio::test]
    async fn who_has_not_run_yet_is_let_past_but_not_for_ever() {
        let pace = Pace::default();
        assert_eq!(pauses(&pace).await, 1);
        let arrivals = [pace.arrive(), pace.arrive()];
        assert_eq!(pauses(&pace).await, PAUSES);
        drop(arrivals);
        assert_eq!(pauses(&pace).await, 1);
    }

    #[test]
    fn threads_are_held_up_as_long_as_one_runs_for_long() {
        let pace = Pace::default();
        assert!(!pace.is_held_up());
        let (one, other) = (pace.long(), pace.long());
        drop(one);
        assert!(pace.is_held_up());
        drop(other);
        assert!(!pace.is_held_up());
    }
}
