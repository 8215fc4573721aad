//! Whose turn it is.
//!
//! What brokers have sent and nobody has in hand yet stands here, by tenant. Tenants take
//! turns, one request each, and none has more in hand than its share: so what one of them
//! has waiting delays nobody else.
//!
//! What stands here takes memory, and strangers say how much. Where it is more than may
//! be, that of whoever has the most goes back to the broker.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};

use tokio::sync::oneshot;

use super::item::Item;
use crate::tenant::TenantId;

#[derive(Debug)]
pub(super) struct Turns {
    tenants: HashMap<TenantId, Tenant>,
    /// Those with something that waits, and room in hand; whose turn it is, is in front.
    line: VecDeque<TenantId>,
    /// Who waits for a request, in the order of their coming.
    waiting: VecDeque<oneshot::Sender<Item>>,
    in_hand_of_one: usize,
    bytes: usize,
    most_bytes: usize,
    closed: bool,
}

#[derive(Debug, Default)]
struct Tenant {
    items: VecDeque<Item>,
    bytes: usize,
    in_hand: usize,
    lines_up: bool,
}

impl Turns {
    pub(super) fn new(in_hand_of_one: usize, most_bytes: usize) -> Self {
        Self {
            tenants: HashMap::new(),
            line: VecDeque::new(),
            waiting: VecDeque::new(),
            in_hand_of_one: in_hand_of_one.max(1),
            bytes: 0,
            most_bytes,
            closed: false,
        }
    }

    /// Somebody waits for a request; `None` where none comes any more.
    pub(super) fn wait(&mut self) -> Option<oneshot::Receiver<Item>> {
        if self.closed {
            return None;
        }
        let (sender, item) = oneshot::channel();
        self.waiting.push_back(sender);
        self.pair_up();
        Some(item)
    }

    /// A request came. Returns those that have to go back for it.
    #[must_use = "they are somebody's requests"]
    pub(super) fn put(&mut self, item: Item) -> Vec<Item> {
        if self.closed {
            return vec![item];
        }
        self.add(item, false);
        self.pair_up();
        self.too_many()
    }

    /// A request that was in hand waits again, before all others of its tenant.
    #[must_use = "they are somebody's requests"]
    pub(super) fn put_back(&mut self, item: Item) -> Vec<Item> {
        self.landed(item.owner());
        if self.closed {
            return vec![item];
        }
        self.add(item, true);
        self.pair_up();
        Vec::new()
    }

    /// A request is in nobody's hands any more.
    pub(super) fn landed(&mut self, owner: &TenantId) {
        if let Some(tenant) = self.tenants.get_mut(owner) {
            tenant.in_hand = tenant.in_hand.saturating_sub(1);
        }
        self.settle(owner);
        self.pair_up();
    }

    /// Takes out all of one tenant that fit.
    #[must_use = "they are somebody's requests"]
    pub(super) fn take_out(&mut self, owner: &TenantId, fits: impl Fn(&Item) -> bool) -> Vec<Item> {
        let Some(tenant) = self.tenants.get_mut(owner) else {
            return Vec::new();
        };
        let (out, stay) = tenant.items.drain(..).partition(|item| fits(item));
        tenant.items = stay;
        let out: Vec<Item> = Vec::from(out);
        for item in &out {
            tenant.bytes = tenant.bytes.saturating_sub(item.bytes());
            self.bytes = self.bytes.saturating_sub(item.bytes());
        }
        self.settle(owner);
        out
    }

    /// Nobody gets anything any more. Returns what waits.
    #[must_use = "they are somebody's requests"]
    pub(super) fn close(&mut self) -> Vec<Item> {
        self.closed = true;
        self.waiting.clear();
        self.line.clear();
        self.bytes = 0;
        let tenants = self.tenants.values_mut();
        tenants
            .flat_map(|tenant| {
                tenant.bytes = 0;
                tenant.lines_up = false;
                std::mem::take(&mut tenant.items)
            })
            .collect()
    }

    fn add(&mut self, item: Item, in_front: bool) {
        let owner = item.owner().clone();
        let tenant = self.tenants.entry(owner.clone()).or_default();
        tenant.bytes = tenant.bytes.saturating_add(item.bytes());
        self.bytes = self.bytes.saturating_add(item.bytes());
        match in_front {
            true => tenant.items.push_front(item),
            false => tenant.items.push_back(item),
        }
        self.settle(&owner);
    }

    /// Brings those together who wait for each other.
    fn pair_up(&mut self) {
        while let Some(waiting) = self.waiting.pop_front() {
            if waiting.is_closed() {
                continue;
            }
            let Some(item) = self.next() else {
                self.waiting.push_front(waiting);
                return;
            };
            item.taken();
            if let Err(item) = waiting.send(item) {
                // It went away in this moment.
                let owner = item.owner().clone();
                item.returned();
                if let Some(tenant) = self.tenants.get_mut(&owner) {
                    tenant.in_hand = tenant.in_hand.saturating_sub(1);
                }
                self.add(item, true);
            }
        }
    }

    fn next(&mut self) -> Option<Item> {
        while let Some(name) = self.line.pop_front() {
            let Some(tenant) = self.tenants.get_mut(&name) else {
                continue;
            };
            tenant.lines_up = false;
            if let Some(item) = tenant.items.pop_front() {
                tenant.in_hand += 1;
                tenant.bytes = tenant.bytes.saturating_sub(item.bytes());
                self.bytes = self.bytes.saturating_sub(item.bytes());
                self.settle(&name);
                return Some(item);
            }
            self.settle(&name);
        }
        None
    }

    /// Lets a tenant line up, or forgets it, by what it has.
    fn settle(&mut self, name: &TenantId) {
        let Some(tenant) = self.tenants.get_mut(name) else {
            return;
        };
        if tenant.items.is_empty() {
            if tenant.in_hand == 0 && !tenant.lines_up {
                self.tenants.remove(name);
            }
        } else if !tenant.lines_up && tenant.in_hand < self.in_hand_of_one {
            tenant.lines_up = true;
            self.line.push_back(name.clone());
        }
    }

    /// What goes back, where it is more than may be: the last of whoever has the most, but
    /// for one.
    fn too_many(&mut self) -> Vec<Item> {
        let mut out = Vec::new();
        while self.bytes > self.most_bytes {
            let most = self.tenants.values_mut().max_by_key(|tenant| tenant.bytes);
            let Some(tenant) = most.filter(|tenant| tenant.items.len() > 1) else {
                break;
            };
            let Some(item) = tenant.items.pop_back() else {
                break;
            };
            tenant.bytes = tenant.bytes.saturating_sub(item.bytes());
            self.bytes = self.bytes.saturating_sub(item.bytes());
            out.push(item);
        }
        out
    }
}
