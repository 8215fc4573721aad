//! Letting other threads of the machine have a core between two turns.
//!
//! The system leaves a thread its core for milliseconds, and most of what others do takes
//! microseconds. So a thread that runs guests for long offers its core after a turn. Where
//! others compute, too, they keep it for milliseconds in their turn, and a thread that went
//! on offering would get next to nothing. So for as long as it was without a core it offers
//! nothing: no machine is so busy that it gets less than half of its fair share.

use std::thread;
use std::time::{Duration, Instant};

/// Of one thread.
#[derive(Debug, Default)]
pub(super) struct Courtesy {
    /// What it has to run for before it offers its core again.
    owed: Duration,
}

impl Courtesy {
    /// A turn has ended that took so long.
    pub(super) fn turn_ended(&mut self, took: Duration) {
        if self.may_offer(took) {
            let offered = Instant::now();
            thread::yield_now();
            self.owed = offered.elapsed();
        }
    }

    fn may_offer(&mut self, took: Duration) -> bool {
        self.owed = self.owed.saturating_sub(took);
        self.owed.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::Courtesy;
    use std::time::Duration;

    #[test]
    fn a_core_is_offered_once_the_time_without_it_is_made_up() {
        let slice = Duration::from_micros(500);
        let mut courtesy = Courtesy::default();
        assert!(courtesy.may_offer(slice));
        courtesy.owed = slice * 3;
        let offers = [slice; 4].map(|took| courtesy.may_offer(took));
        assert_eq!(offers, [false, false, true, true]);
    }
}
