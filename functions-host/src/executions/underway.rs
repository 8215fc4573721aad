//! Attempts that have begun, for hosts that share a history: one that lasts is told to the
//! others, and most are over before.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ExecutionId;

/// How long an attempt lasts that is told.
const LASTS: Duration = Duration::from_secs(1);

/// How many are remembered. Of others no more than their ends are told.
const MOST: usize = 10_000;

/// Executions that stand elsewhere than they did, and since when; since no time, where
/// somebody has asked for it.
#[derive(Debug, Default)]
pub(super) struct Underway(Mutex<HashMap<ExecutionId, Since>>);

type Since = Option<Instant>;

impl Underway {
    /// An attempt begins, or has to be made again.
    pub(super) fn changed(&self, id: ExecutionId) {
        let mut all = self.lock();
        if all.len() < MOST || all.contains_key(&id) {
            all.insert(id, Some(Instant::now()));
        }
    }

    /// It is to be told however long it lasts.
    pub(super) fn is_asked_for(&self, id: ExecutionId) {
        let mut all = self.lock();
        if all.len() < MOST || all.contains_key(&id) {
            all.insert(id, None);
        }
    }

    /// It has ended.
    pub(super) fn ended(&self, id: ExecutionId) {
        self.lock().remove(&id);
    }

    /// Some that have stood there for a while at this time and were not told.
    pub(super) fn due(&self, now: Instant, many: usize) -> Vec<(ExecutionId, Since)> {
        let all = self.lock();
        let is_due = |since: &Since| {
            since.is_none_or(|since| now.saturating_duration_since(since) >= LASTS)
        };
        let due = all.iter().filter(|(_, since)| is_due(since));
        due.map(|(id, since)| (*id, *since)).take(many).collect()
    }

    /// These were told, as they were.
    pub(super) fn told(&self, told: &[(ExecutionId, Since)]) {
        let mut all = self.lock();
        for (id, since) in told {
            if all.get(id) == Some(since) {
                all.remove(id);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ExecutionId, Since>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{ExecutionId, LASTS, MOST, Underway};

    fn id(n: usize) -> ExecutionId {
        ExecutionId::of(&"t".parse().unwrap(), &n.to_string())
    }

    #[test]
    fn an_attempt_is_told_once_where_it_lasts_and_never_where_it_ends_before() {
        let (underway, before) = (Underway::default(), Instant::now());
        (0..3).for_each(|n| underway.changed(id(n)));
        assert!(underway.due(before, 9).is_empty());
        underway.is_asked_for(id(3));
        let asked_for = underway.due(before, 9);
        assert_eq!(asked_for, [(id(3), None)]);
        underway.told(&asked_for);
        let now = Instant::now();
        underway.ended(id(0));
        let due = underway.due(now + LASTS, 9);
        assert_eq!(due.len(), 2);
        // It stands elsewhere by the time that it was told.
        underway.changed(id(1));
        underway.told(&due);
        let left = underway.due(Instant::now() + LASTS, 9);
        assert_eq!(left.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [id(1)]);
    }

    #[test]
    fn no_more_are_remembered_than_may() {
        let underway = Underway::default();
        (0..MOST + 5).for_each(|n| underway.changed(id(n)));
        let later = Instant::now() + LASTS;
        assert_eq!(underway.due(later, usize::MAX).len(), MOST);
    }
}
