//! When the turns of those who run for long are ended early.
//!
//! A turn lasts for a slice, which is many times as long as most executions take. Whoever
//! comes may have to wait for the core of one, be it for a thread of the API, since the
//! system gives a turn to idle threads as well, if a short one. So an arrival ends them,
//! unless that was done just now: to make way takes a moment, too.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How often turns are ended early at most.
const OFTEN: Duration = Duration::from_micros(100);

#[derive(Debug)]
pub(super) struct Turns {
    /// Guests that have one now.
    now: AtomicUsize,
    /// When some were ended, in nanoseconds since the beginning.
    ended: AtomicU64,
    began: Instant,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            now: AtomicUsize::new(0),
            ended: AtomicU64::new(0),
            began: Instant::now(),
        }
    }
}

impl Turns {
    pub(super) fn begin(&self) {
        self.now.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.now.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether somebody is to end all turns now.
    pub(super) fn are_due(&self) -> bool {
        self.now.load(Ordering::Relaxed) > 0 && self.are_due_at(self.began.elapsed())
    }

    fn are_due_at(&self, now: Duration) -> bool {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let ended = self.ended.load(Ordering::Relaxed);
        // Of several who come at once one ends them.
        nanos(now).saturating_sub(ended) >= nanos(OFTEN)
            && self
                .ended
                .compare_exchange(ended, nanos(now), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{OFTEN, Turns};
    use std::time::Duration;

    #[test]
    fn turns_are_ended_where_there_are_any_and_not_too_often() {
        let turns = Turns::default();
        std::thread::sleep(OFTEN);
        assert!(!turns.are_due());
        turns.begin();
        assert!(turns.are_due());
        let at = |micros| turns.are_due_at(Duration::from_secs(60) + Duration::from_micros(micros));
        let due = [0, 0, 99, 100, 150, 199, 200].map(at);
        assert_eq!(due, [true, false, false, true, false, false, true]);
        turns.end();
        assert!(!turns.are_due());
    }
}
