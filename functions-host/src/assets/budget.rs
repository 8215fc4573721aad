//! How many bytes all assets hold together.
//!
//! A place is taken before the first byte comes, and all of it at once: who holds a part
//! and waits for the rest could wait for ever for others who do the same. It goes along
//! with the bytes and is free again when they are dropped.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is counted: so many bytes.
const UNIT: usize = 1024;

/// Room for bytes.
#[derive(Clone, Debug)]
pub(super) struct Budget(Arc<Semaphore>);

/// A part of it that was taken.
#[derive(Debug)]
pub(super) struct Place(Option<OwnedSemaphorePermit>);

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        let units = bytes.div_ceil(UNIT).min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(units)))
    }

    /// Waits for room for so many bytes, in turn with others.
    pub(super) async fn take(&self, bytes: usize) -> Place {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let semaphore = Arc::clone(&self.0);
        // It fails when it is closed, which nobody does.
        Place(semaphore.acquire_many_owned(units).await.ok())
    }
}

impl Place {
    /// Puts bytes into it, and gives back what they do not need.
    pub(super) fn hold(mut self, mut bytes: Vec<u8>) -> Bytes {
        bytes.shrink_to_fit();
        let needed = bytes.len().div_ceil(UNIT);
        if let Some(permit) = &mut self.0 {
            let rest = permit.num_permits().saturating_sub(needed);
            drop(permit.split(rest));
        }
        Bytes::from_owner(Held {
            bytes,
            _place: self,
        })
    }
}

struct Held {
    bytes: Vec<u8>,
    _place: Place,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn room_is_free_again_when_the_last_clone_is_dropped() {
        let budget = Budget::new(4 * UNIT);
        let held = budget.take(4 * UNIT).await.hold(vec![7; UNIT + 1]);
        let clone = held.clone();
        let rest = budget.take(2 * UNIT).now_or_never().unwrap();
        assert!(budget.take(1).now_or_never().is_none());
        drop(held);
        assert!(budget.take(1).now_or_never().is_none());
        drop(clone);
        assert!(budget.take(2 * UNIT).now_or_never().is_some());
        drop(rest);
        assert!(budget.take(4 * UNIT).now_or_never().is_some());
    }
}
