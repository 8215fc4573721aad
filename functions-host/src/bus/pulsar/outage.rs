//! What does not go, told as it begins and as it ends.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What does not go. While a broker is away nothing goes, and that is one outage and not
/// as many as there are topics.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<BTreeSet<String>>);

impl Outage {
    /// Something does not go, or still does not.
    pub(super) fn begins(&self, what: &str, why: &str) {
        let mut out = self.out();
        let first = out.is_empty();
        let new = out.insert(what.to_owned());
        drop(out);
        if first {
            tracing::warn!(
                what,
                why,
                "Pulsar fails; it is tried again until it does not"
            );
        } else if new {
            tracing::debug!(what, why, "Pulsar fails here as well");
        }
    }

    /// It goes again, or is no more.
    pub(super) fn over(&self, what: &str) {
        let mut out = self.out();
        let was_last = out.remove(what) && out.is_empty();
        drop(out);
        if was_last {
            tracing::info!(what, "Pulsar works again");
        }
    }

    fn out(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
