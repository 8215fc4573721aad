//! What time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A clock. When a request comes again is written down and outlives a host, so it is told
/// by the time of day, which tests cannot wait for.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// A clock that is set by hand.
    #[must_use]
    pub fn by_hand(hand: Arc<AtomicI64>) -> Self {
        Self(Some(hand))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        match &self.0 {
            Some(hand) => hand.load(Ordering::SeqCst),
            None => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                let since = since.map_or(0, |since| since.as_millis());
                i64::try_from(since).unwrap_or(i64::MAX)
            }
        }
    }
}
