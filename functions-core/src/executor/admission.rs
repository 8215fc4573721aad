//! How many executions run at once, and how many more wait for their turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// How often a drain looks whether all places are free.
const LOOK: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(super) struct Admission {
    places: Arc<Semaphore>,
    capacity: usize,
    waiting: AtomicUsize,
    max_waiting: usize,
}

/// A place among the running executions, given back when it is dropped.
pub(super) type Permit = OwnedSemaphorePermit;

/// As many executions run and wait as the server allows, or one has waited for as
/// long as it could have run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server runs as many executions as it may; try again later")]
pub(crate) struct Overloaded;

impl Admission {
    pub(super) fn new(capacity: usize, max_waiting: usize) -> Self {
        let capacity = capacity.clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
        Self {
            places: Arc::new(Semaphore::new(capacity)),
            capacity,
            waiting: AtomicUsize::new(0),
            max_waiting,
        }
    }

    /// Takes a place, waiting for one for `patience` at most.
    pub(super) async fn enter(&self, patience: Duration) -> Result<Permit, Overloaded> {
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(permit) => return Ok(permit),
            Err(TryAcquireError::Closed) => return Err(Overloaded),
            Err(TryAcquireError::NoPermits) => {}
        }
        let _waiting = Waiting::begin(&self.waiting, self.max_waiting)?;
        let permit = Arc::clone(&self.places).acquire_owned();
        // Boxed, so that those who need not wait carry no room for it.
        match Box::pin(tokio::time::timeout(patience, permit)).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Overloaded),
        }
    }

    pub(super) fn in_flight(&self) -> usize {
        self.capacity
            .saturating_sub(self.places.available_permits())
    }

    /// Waits for all places to be free, then admits nobody any more.
    ///
    /// It looks now and then: taking the places as they become free would make them
    /// count as taken.
    pub(super) async fn drained(&self) {
        self.idle().await;
        self.places.close();
        // Whoever came in just before that.
        self.idle().await;
    }

    async fn idle(&self) {
        while self.in_flight() > 0 {
            tokio::time::sleep(LOOK).await;
        }
    }
}

struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize, max: usize) -> Result<Self, Overloaded> {
        count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| {
                (waiting < max).then_some(waiting + 1)
            })
            .map(|_| Self(count))
            .map_err(|_| Overloaded)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Overloaded};
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn one_more_than_may_run_and_wait_is_refused_at_once() {
        let admission = Admission::new(1, 1);
        let first = admission.enter(PATIENCE).await.unwrap();
        let mut second = Box::pin(admission.enter(PATIENCE));
        assert!(futures_poll(&mut second).await.is_none());
        assert_eq!(admission.enter(PATIENCE).await.unwrap_err(), Overloaded);
        drop(first);
        assert!(second.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_waits_too_long_is_refused_and_leaves_the_queue() {
        let admission = Admission::new(1, 1);
        let _first = admission.enter(PATIENCE).await.unwrap();
        for _ in 0..3 {
            assert_eq!(admission.enter(PATIENCE).await.unwrap_err(), Overloaded);
        }
    }

    #[tokio::test]
    async fn a_drained_admission_waits_for_the_last_and_admits_nobody() {
        let admission = Admission::new(4, 1);
        let last = admission.enter(PATIENCE).await.unwrap();
        let mut drained = Box::pin(admission.drained());
        assert!(futures_poll(&mut drained).await.is_none());
        assert_eq!(admission.in_flight(), 1);
        drop(last);
        drained.await;
        assert_eq!(admission.enter(PATIENCE).await.unwrap_err(), Overloaded);
    }

    async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        std::future::poll_fn(|cx| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(cx) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
