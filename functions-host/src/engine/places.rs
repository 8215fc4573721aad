//! Who runs next: a bounded number of places, shared fairly among tenants.
//!
//! Each tenant has a queue of its own and at most its share of the places. A place that
//! becomes free goes to the tenant whose turn it is, and the tenants take turns. So a
//! thousand requests of one tenant hold up the next request of another by one execution
//! at most, not by a thousand.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::tenant::TenantId;

/// The places of an engine.
#[derive(Clone, Debug)]
pub(super) struct Places(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    free: usize,
    waiting: usize,
    sharing: Sharing,
    tenants: HashMap<TenantId, Queue>,
    /// Tenants who wait and may run one more; whose turn it is, is in front.
    turns: VecDeque<TenantId>,
}

/// How the places are shared.
#[derive(Clone, Debug)]
pub(super) struct Sharing {
    /// How many there are.
    pub(super) places: usize,
    /// How many may wait altogether.
    pub(super) waiting: usize,
    /// What a tenant has.
    pub(super) each: Share,
    /// What those have who have something else.
    pub(super) own: HashMap<TenantId, Share>,
}

/// What one tenant may take of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many executions run at once; never more than the engine has places.
    pub executions: usize,
    /// How many more may wait; never more than may wait altogether.
    pub waiting: usize,
}

impl Sharing {
    fn of(&self, tenant: &TenantId) -> Share {
        self.own.get(tenant).copied().unwrap_or(self.each)
    }
}

#[derive(Debug)]
struct Queue {
    share: Share,
    running: usize,
    waiting: VecDeque<oneshot::Sender<Place>>,
    has_turn: bool,
}

impl Queue {
    fn new(share: Share) -> Self {
        Self {
            share,
            running: 0,
            waiting: VecDeque::new(),
            has_turn: false,
        }
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= self.share.waiting
    }
}

/// A place that is taken. It is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    tenant: Option<TenantId>,
}

/// As many as may wait are waiting.
#[derive(Debug)]
pub(super) struct Full {
    pub(super) waiting: usize,
}

impl Places {
    pub(super) fn new(sharing: Sharing) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: sharing.places,
            waiting: 0,
            sharing,
            tenants: HashMap::new(),
            turns: VecDeque::new(),
        })))
    }

    /// Waits for a place. Who no longer waits loses the turn, and nothing else.
    pub(super) async fn take(&self, tenant: &TenantId) -> Result<Place, Full> {
        let place = match self.lock().take(tenant)? {
            None => return Ok(self.place(tenant.clone())),
            Some(place) => place,
        };
        // The sender lives in the queue until it has sent.
        place.await.map_err(|_| Full { waiting: 0 })
    }

    fn place(&self, tenant: TenantId) -> Place {
        Place {
            places: self.clone(),
            tenant: Some(tenant),
        }
    }

    fn give_back(&self, tenant: &TenantId) {
        self.lock().leave(tenant);
        loop {
            // Sent outside of the lock: a place that nobody waits for any more comes
            // back by its drop.
            let Some((tenant, next)) = self.lock().next() else {
                return;
            };
            let Err(mut unwanted) = next.send(self.place(tenant)) else {
                continue;
            };
            if let Some(tenant) = unwanted.tenant.take() {
                self.lock().leave(&tenant);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(tenant) = self.tenant.take() {
            self.places.give_back(&tenant);
        }
    }
}

impl State {
    /// Takes a place at once, or a place in the queue.
    fn take(&mut self, tenant: &TenantId) -> Result<Option<oneshot::Receiver<Place>>, Full> {
        let sharing = &self.sharing;
        let queue = self.tenants.entry(tenant.clone());
        let queue = queue.or_insert_with(|| Queue::new(sharing.of(tenant)));
        let has_more = queue.running < queue.share.executions;
        if self.free > 0 && has_more && queue.waiting.is_empty() {
            self.free -= 1;
            queue.running += 1;
            return Ok(None);
        }
        if queue.is_full() || self.waiting >= sharing.waiting {
            // Those who went away are still in the queues: they make room now.
            let before = queue.waiting.len();
            queue.waiting.retain(|waiting| !waiting.is_closed());
            self.waiting -= before - queue.waiting.len();
        }
        if queue.is_full() || self.waiting >= sharing.waiting {
            let full = Full {
                waiting: self.waiting,
            };
            self.forget(tenant);
            return Err(full);
        }
        let (sender, receiver) = oneshot::channel();
        queue.waiting.push_back(sender);
        self.waiting += 1;
        self.line_up(tenant);
        Ok(Some(receiver))
    }

    fn leave(&mut self, tenant: &TenantId) {
        self.free += 1;
        if let Some(queue) = self.tenants.get_mut(tenant) {
            queue.running = queue.running.saturating_sub(1);
        }
        self.line_up(tenant);
        self.forget(tenant);
    }

    /// Takes a free place for whose turn it is.
    fn next(&mut self) -> Option<(TenantId, oneshot::Sender<Place>)> {
        while self.free > 0 {
            let tenant = self.turns.pop_front()?;
            let Some(queue) = self.tenants.get_mut(&tenant) else {
                continue;
            };
            queue.has_turn = false;
            let Some(next) = queue.waiting.pop_front() else {
                self.forget(&tenant);
                continue;
            };
            self.waiting = self.waiting.saturating_sub(1);
            if next.is_closed() {
                self.line_up(&tenant);
                self.forget(&tenant);
                continue;
            }
            queue.running += 1;
            self.free -= 1;
            self.line_up(&tenant);
            return Some((tenant, next));
        }
        None
    }

    /// Gives a tenant a turn, at the end of the line, if it has any use for one.
    fn line_up(&mut self, tenant: &TenantId) {
        let Some(queue) = self.tenants.get_mut(tenant) else {
            return;
        };
        let useful = !queue.waiting.is_empty() && queue.running < queue.share.executions;
        if useful && !queue.has_turn {
            queue.has_turn = true;
            self.turns.push_back(tenant.clone());
        }
    }

    /// A tenant with nothing here takes no room.
    fn forget(&mut self, tenant: &TenantId) {
        let idle =
            |queue: &Queue| queue.running == 0 && queue.waiting.is_empty() && !queue.has_turn;
        if self.tenants.get(tenant).is_some_and(idle) {
            self.tenants.remove(tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Poll;

    fn places(places: usize, per_tenant: usize) -> Places {
        sharing(places, per_tenant, HashMap::new())
    }

    fn sharing(places: usize, per_tenant: usize, own: HashMap<TenantId, Share>) -> Places {
        Places::new(Sharing {
            places,
            waiting: 5,
            each: Share {
                executions: per_tenant,
                waiting: 3,
            },
            own,
        })
    }

    fn tenant(name: &str) -> TenantId {
        name.parse().unwrap()
    }

    /// A request that has its place, or stands in the queue, once this returns.
    fn ask(
        places: &Places,
        name: &str,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Place, Full>>>> {
        let (places, name) = (places.clone(), tenant(name));
        Box::pin(async move { places.take(&name).await })
    }

    macro_rules! waits {
        ($request:expr) => {
            assert!(matches!(futures_util::poll!(&mut $request), Poll::Pending))
        };
    }

    macro_rules! runs {
        ($request:expr) => {
            match futures_util::poll!(&mut $request) {
                Poll::Ready(Ok(place)) => place,
                other => panic!("expected a place, got {other:?}"),
            }
        };
    }

    #[tokio::test]
    async fn tenants_take_turns_however_many_requests_one_of_them_has() {
        let places = places(1, 1);
        let running = runs!(ask(&places, "loud"));
        let (mut loud, mut louder, mut quiet) = (
            ask(&places, "loud"),
            ask(&places, "loud"),
            ask(&places, "quiet"),
        );
        waits!(loud);
        waits!(louder);
        waits!(quiet);
        drop(running);
        let first = [
            futures_util::poll!(&mut loud),
            futures_util::poll!(&mut quiet),
        ];
        assert_eq!(first.iter().filter(|poll| poll.is_ready()).count(), 1);
        drop(first);
        let quiet_ran = matches!(futures_util::poll!(&mut louder), Poll::Pending);
        assert!(
            quiet_ran,
            "the second of the loud one came before the quiet one"
        );
    }

    #[tokio::test]
    async fn a_tenant_has_no_more_than_its_share_while_places_are_free() {
        let places = places(3, 2);
        let first = runs!(ask(&places, "one"));
        let _second = runs!(ask(&places, "one"));
        let mut third = ask(&places, "one");
        waits!(third);
        let _other = runs!(ask(&places, "other"));
        drop(first);
        drop(runs!(third));
    }

    #[tokio::test]
    async fn who_has_a_share_of_their_own_has_that_and_all_others_have_the_common_one() {
        let own = Share {
            executions: 1,
            waiting: 0,
        };
        let places = sharing(9, 2, [(tenant("small"), own)].into());
        let first = runs!(ask(&places, "small"));
        let refused = futures_util::poll!(&mut ask(&places, "small"));
        assert!(matches!(refused, Poll::Ready(Err(Full { waiting: 0 }))));
        let _others = [runs!(ask(&places, "other")), runs!(ask(&places, "other"))];
        let mut third = ask(&places, "other");
        waits!(third);
        drop(first);
        drop(runs!(ask(&places, "small")));
        waits!(third);
    }

    #[tokio::test]
    async fn who_waits_no_more_leaves_the_turn_to_the_next() {
        let places = places(1, 1);
        let running = runs!(ask(&places, "one"));
        let mut gone = ask(&places, "one");
        let mut next = ask(&places, "one");
        waits!(gone);
        waits!(next);
        drop(gone);
        drop(running);
        drop(runs!(next));
        drop(runs!(ask(&places, "one")));
        assert!(places.lock().tenants.is_empty());
        assert_eq!(places.lock().free, 1);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_those_who_went_away_make_room() {
        let places = places(1, 1);
        let _running = runs!(ask(&places, "one"));
        let mut waiting: Vec<_> = (0..3).map(|_| ask(&places, "one")).collect();
        for request in &mut waiting {
            waits!(*request);
        }
        let refused = futures_util::poll!(&mut ask(&places, "one"));
        assert!(
            matches!(refused, Poll::Ready(Err(Full { waiting: 3 }))),
            "{refused:?}"
        );
        waiting.pop();
        let mut now = ask(&places, "one");
        waits!(now);
        assert_eq!(places.lock().waiting, 3);
    }

    #[tokio::test]
    async fn a_place_that_was_given_to_someone_who_goes_is_free_again() {
        let places = places(1, 1);
        let running = runs!(ask(&places, "one"));
        let mut gone = ask(&places, "one");
        waits!(gone);
        drop(running);
        drop(gone);
        drop(runs!(ask(&places, "other")));
    }
}
