//! Those who wait for an execution to end.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::ExecutionId;

#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<HashMap<ExecutionId, watch::Sender<()>>>);

/// Somebody who waits.
#[derive(Debug)]
pub(super) struct Waiter<'a> {
    waiting: &'a Waiting,
    id: ExecutionId,
    /// Until this is dropped.
    end: Option<watch::Receiver<()>>,
}

impl Waiting {
    pub(super) fn wait_for(&self, id: ExecutionId) -> Waiter<'_> {
        let mut all = self.lock();
        let sender = all.entry(id).or_insert_with(|| watch::Sender::new(()));
        Waiter {
            waiting: self,
            id,
            end: Some(sender.subscribe()),
        }
    }

    /// It has ended: all who wait go on.
    pub(super) fn wake(&self, id: ExecutionId) {
        self.lock().remove(&id);
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ExecutionId, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter<'_> {
    pub(super) async fn ended(&mut self) {
        if let Some(end) = &mut self.end {
            // Nothing is ever sent: the sender goes.
            while end.changed().await.is_ok() {}
        }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.end = None;
        let mut all = self.waiting.lock();
        if all
            .get(&self.id)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            all.remove(&self.id);
        }
    }
}
