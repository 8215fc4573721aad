//! Executions that stand elsewhere than they did, short of an end, for hosts that share a
//! history: attempts that take their time, and those that have to be made again.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ExecutionId;

/// How many are remembered. Of others no more than their ends are told.
const MOST: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Changes(Mutex<HashSet<ExecutionId>>);

impl Changes {
    /// This one stands elsewhere by now.
    pub(super) fn add(&self, id: ExecutionId) {
        let mut all = self.lock();
        if all.len() < MOST {
            all.insert(id);
        }
    }

    /// It has ended, which is told in another way.
    pub(super) fn remove(&self, id: ExecutionId) {
        self.lock().remove(&id);
    }

    /// Some of them, which are to be told.
    pub(super) fn take(&self, many: usize) -> Vec<ExecutionId> {
        let mut all = self.lock();
        let some: Vec<_> = all.iter().copied().take(many).collect();
        for id in &some {
            all.remove(id);
        }
        some
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<ExecutionId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Changes, ExecutionId, MOST};

    fn id(n: usize) -> ExecutionId {
        ExecutionId::of(&"t".parse().unwrap(), &n.to_string())
    }

    #[test]
    fn each_is_told_once_and_no_more_are_remembered_than_may() {
        let changes = Changes::default();
        for n in [1, 1, 2] {
            changes.add(id(n));
        }
        assert_eq!(changes.take(1).len(), 1);
        assert_eq!(changes.take(9).len(), 1);
        assert!(changes.take(9).is_empty());
        changes.add(id(1));
        changes.remove(id(1));
        assert!(changes.take(9).is_empty());
        (0..MOST + 5).for_each(|n| changes.add(id(n)));
        assert_eq!(changes.take(usize::MAX).len(), MOST);
    }
}
