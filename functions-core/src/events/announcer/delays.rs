//! How long to wait between two attempts.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

/// No delay grows beyond this.
const LONGEST: Duration = Duration::from_secs(60);

/// Delays that double, each shortened at random by up to a half: servers that lost
/// one broker at the same moment do not come back to it at the same moment.
#[derive(Debug)]
pub(super) struct Delays {
    backoff: ExponentialBackoff,
    longest: Duration,
}

impl Delays {
    /// `first` is the longest that the first delay can be.
    pub(super) fn new(first: Duration) -> Self {
        let longest = LONGEST.max(first);
        // The crate's jitter adds up to the delay itself.
        let backoff = ExponentialBuilder::new()
            .with_min_delay(first / 2)
            .with_max_delay(longest / 2)
            .with_factor(2.0)
            .without_max_times()
            .with_jitter()
            .build();
        Self { backoff, longest }
    }

    pub(super) fn next(&mut self) -> Duration {
        self.backoff.next().unwrap_or(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Delays;

    #[test]
    fn delays_double_up_to_a_minute_and_are_never_longer_than_promised() {
        for _ in 0..100 {
            let mut delays = Delays::new(Duration::from_secs(5));
            for most in [5, 10, 20, 40, 60, 60, 60] {
                let (most, delay) = (Duration::from_secs(most), delays.next());
                assert!(most / 2 <= delay && delay <= most, "{delay:?} of {most:?}");
            }
        }
    }

    #[test]
    fn a_first_delay_above_a_minute_stays_what_it_is() {
        let hour = Duration::from_secs(3600);
        let mut delays = Delays::new(hour);
        for _ in 0..10 {
            let delay = delays.next();
            assert!(hour / 2 <= delay && delay <= hour, "{delay:?}");
        }
    }

    #[test]
    fn no_two_servers_keep_step() {
        let mut delays: Vec<_> = (0..20)
            .map(|_| Delays::new(Duration::from_secs(60)).next())
            .collect();
        delays.sort_unstable();
        delays.dedup();
        assert!(delays.len() > 1);
    }
}
