//! Where the unfinished messages of all topics wait, within one bound.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::unfinished::Unfinished;
use super::{Dropped, NO_ROOM};
use crate::tenant::TenantId;

/// Which desk of a store.
pub(super) type Number = u64;

/// Where the unfinished messages of all topics wait.
#[derive(Debug)]
pub(in crate::bus::pulsar) struct Store<T>(Mutex<Books<T>>);

/// Who has what.
#[derive(Debug)]
pub(super) struct Books<T> {
    desks: HashMap<Number, Desk<T>>,
    /// How many bytes each tenant has, of those who have any.
    tenants: HashMap<TenantId, usize>,
    held: usize,
    most: usize,
    last: Number,
}

/// What waits of one topic.
struct Desk<T> {
    owner: TenantId,
    /// The oldest is in front.
    unfinished: VecDeque<Unfinished<T>>,
    held: usize,
    /// The tokens of those that had to go.
    made_way: Vec<T>,
    wake: Box<dyn Fn() + Send>,
}

impl<T: fmt::Debug> fmt::Debug for Desk<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("owner", &self.owner)
            .field("unfinished", &self.unfinished.len())
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

impl<T> Store<T> {
    /// One of so many bytes.
    pub(in crate::bus::pulsar) fn new(most: usize) -> Self {
        Self(Mutex::new(Books {
            desks: HashMap::new(),
            tenants: HashMap::new(),
            held: 0,
            most,
            last: 0,
        }))
    }

    /// How many bytes all have together.
    #[cfg(test)]
    pub(in crate::bus::pulsar) fn bytes(&self) -> usize {
        self.books().held
    }

    pub(super) fn open(&self, owner: &TenantId, wake: Box<dyn Fn() + Send>) -> Number {
        let mut books = self.books();
        books.last += 1;
        let desk = Desk {
            owner: owner.clone(),
            unfinished: VecDeque::new(),
            held: 0,
            made_way: Vec::new(),
            wake,
        };
        let number = books.last;
        books.desks.insert(number, desk);
        number
    }

    pub(super) fn close(&self, number: Number) {
        let mut books = self.books();
        if let Some(desk) = books.desks.remove(&number) {
            books.less(&desk.owner, desk.held);
        }
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Books<T> {
    /// Takes the message of this id, as far as it is there.
    pub(super) fn take(&mut self, number: Number, id: &str) -> Option<Unfinished<T>> {
        let desk = self.desks.get_mut(&number)?;
        let at = desk.unfinished.iter().position(|it| it.id() == id)?;
        self.take_at(number, at)
    }

    pub(super) fn take_oldest(&mut self, number: Number) -> Option<Unfinished<T>> {
        self.take_at(number, 0)
    }

    fn take_at(&mut self, number: Number, at: usize) -> Option<Unfinished<T>> {
        let desk = self.desks.get_mut(&number)?;
        let taken = desk.unfinished.remove(at)?;
        let (owner, cost) = (desk.owner.clone(), taken.cost());
        desk.held = desk.held.saturating_sub(cost);
        self.less(&owner, cost);
        Some(taken)
    }

    /// Puts one where it belongs by its age.
    pub(super) fn put(&mut self, number: Number, unfinished: Unfinished<T>) {
        let Some(desk) = self.desks.get_mut(&number) else {
            return;
        };
        let cost = unfinished.cost();
        let before = desk
            .unfinished
            .iter()
            .rposition(|it| it.since <= unfinished.since);
        let place = before.map_or(0, |it| it + 1);
        desk.unfinished.insert(place, unfinished);
        desk.held = desk.held.saturating_add(cost);
        self.held = self.held.saturating_add(cost);
        let tenant = self.tenants.entry(desk.owner.clone()).or_default();
        *tenant = tenant.saturating_add(cost);
    }

    /// Lets the oldest go of whoever has most until all have room. What is dropped of the
    /// desk `number` is returned; the others are told.
    #[must_use = "they are somebody's messages"]
    pub(super) fn make_room(&mut self, number: Number) -> Vec<Dropped<T>> {
        let mut own = Vec::new();
        while self.held > self.most {
            let most = self.tenants.iter().max_by_key(|(_, held)| **held);
            let Some(tenant) = most.map(|(tenant, _)| tenant.clone()) else {
                break;
            };
            let desks = self.desks.iter().filter(|(_, desk)| desk.owner == tenant);
            let oldest = desks
                .filter_map(|(number, desk)| Some((desk.unfinished.front()?.since, *number)))
                .min();
            let Some((_, from)) = oldest else { break };
            let Some(goes) = self.take_oldest(from) else {
                break;
            };
            // One that fills all by itself does so when it comes again.
            let again = goes.cost() <= self.most;
            let dropped = goes.dropped(NO_ROOM.to_owned(), again);
            if from == number {
                own.push(dropped);
            } else if let Some(desk) = self.desks.get_mut(&from) {
                desk.made_way.extend(dropped.tokens);
                (desk.wake)();
            }
        }
        own
    }

    pub(super) fn made_way(&mut self, number: Number) -> Vec<T> {
        let desk = self.desks.get_mut(&number);
        desk.map(|desk| std::mem::take(&mut desk.made_way))
            .unwrap_or_default()
    }

    /// When the first began of those that wait at a desk.
    pub(super) fn oldest(&self, number: Number) -> Option<Instant> {
        let oldest = self.desks.get(&number)?.unfinished.front()?;
        Some(oldest.since)
    }

    pub(super) fn many(&self, number: Number) -> usize {
        self.desks
            .get(&number)
            .map_or(0, |desk| desk.unfinished.len())
    }

    pub(super) fn held(&self, number: Number) -> usize {
        self.desks.get(&number).map_or(0, |desk| desk.held)
    }

    fn less(&mut self, owner: &TenantId, bytes: usize) {
        self.held = self.held.saturating_sub(bytes);
        if let Some(tenant) = self.tenants.get_mut(owner) {
            *tenant = tenant.saturating_sub(bytes);
            if *tenant == 0 {
                self.tenants.remove(owner);
            }
        }
    }

    /// What is held by each desk, counted anew, and in all.
    #[cfg(test)]
    pub(super) fn counted(&self) -> (Vec<(usize, usize)>, usize, usize) {
        let desks = self.desks.values();
        let each = desks.map(|desk| {
            let costs = desk.unfinished.iter().map(Unfinished::cost);
            (desk.held, costs.sum())
        });
        (each.collect(), self.held, self.tenants.values().sum())
    }
}
