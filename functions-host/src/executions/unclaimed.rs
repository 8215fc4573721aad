//! Ends of executions that nobody here has accepted.
//!
//! A request that is submitted here may have been carried out elsewhere before it is
//! accepted here, which is a moment later. So an end that belongs to nobody is kept for a
//! while. Most belong to others for good, so what is kept is bounded, and the oldest go
//! first.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::{Ending, ExecutionId};
use crate::tenant::TenantId;

/// How many are kept.
const MOST: usize = 1024;

/// How many bytes of results.
const BYTES: usize = 32 << 20;

/// Whose it is goes with it: whoever tells of an end may lie about the id.
type Key = (ExecutionId, TenantId);

#[derive(Debug, Default)]
pub(super) struct Unclaimed(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    ends: HashMap<Key, (Ending, usize)>,
    /// The oldest is in front. Some may be gone.
    order: VecDeque<Key>,
    bytes: usize,
}

impl Unclaimed {
    pub(super) fn keep(&self, id: ExecutionId, tenant: &TenantId, ending: Ending) {
        let key = (id, tenant.clone());
        let bytes = size(&ending);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&key);
        kept.bytes = kept.bytes.saturating_add(bytes);
        kept.ends.insert(key.clone(), (ending, bytes));
        kept.order.push_back(key);
        while kept.order.len() > MOST || kept.bytes > BYTES {
            let Some(oldest) = kept.order.pop_front() else {
                break;
            };
            kept.remove(&oldest);
        }
    }

    pub(super) fn take(&self, id: ExecutionId, tenant: &TenantId) -> Option<Ending> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&(id, tenant.clone()))
    }
}

impl Kept {
    fn remove(&mut self, key: &Key) -> Option<Ending> {
        let (ending, bytes) = self.ends.remove(key)?;
        self.bytes = self.bytes.saturating_sub(bytes);
        Some(ending)
    }
}

fn size(ending: &Ending) -> usize {
    match &ending.outcome {
        Ok(results) => results.iter().fold(0, |sum: usize, (key, value)| {
            sum.saturating_add(key.len()).saturating_add(value.len())
        }),
        Err(failure) => failure.error.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES, MOST, Unclaimed};
    use crate::executions::{Ending, ExecutionId};
    use crate::tenant::TenantId;

    fn tenant(name: &str) -> TenantId {
        name.parse().unwrap()
    }

    fn id(n: usize) -> ExecutionId {
        ExecutionId::of(&tenant("t"), &n.to_string())
    }

    fn keep(unclaimed: &Unclaimed, n: usize, bytes: usize) {
        unclaimed.keep(id(n), &tenant("t"), ending(bytes));
    }

    fn ending(bytes: usize) -> Ending {
        Ending::failure("trap", "x".repeat(bytes))
    }

    #[test]
    fn an_end_is_kept_until_its_tenant_takes_it_once() {
        let unclaimed = Unclaimed::default();
        keep(&unclaimed, 1, 1);
        keep(&unclaimed, 1, 2);
        assert_eq!(unclaimed.take(id(1), &tenant("other")), None);
        assert_eq!(unclaimed.take(id(1), &tenant("t")), Some(ending(2)));
        assert_eq!(unclaimed.take(id(1), &tenant("t")), None);
    }

    #[test]
    fn the_oldest_go_where_there_are_too_many_or_they_are_too_large() {
        let unclaimed = Unclaimed::default();
        (0..=MOST).for_each(|n| keep(&unclaimed, n, 1));
        assert_eq!(unclaimed.take(id(0), &tenant("t")), None);
        assert!(unclaimed.take(id(1), &tenant("t")).is_some());
        keep(&unclaimed, 0, BYTES / 2);
        keep(&unclaimed, 1, BYTES);
        assert_eq!(unclaimed.take(id(0), &tenant("t")), None);
        assert!(unclaimed.take(id(1), &tenant("t")).is_some());
    }
}
