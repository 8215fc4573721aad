//! A topic of requests: what of it is here, and what of that is done.
//!
//! A broker sends entries, each a message or a batch of them, and an entry is acknowledged
//! as a whole: when all of its messages are done. Where the consumer is lost, the broker
//! sends all that was not acknowledged again, here or to another host. What somebody has in
//! hand goes on meanwhile, and is known again when it comes.

mod arrival;
mod held;
mod serving;

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::item::{EntryId, Place};
use super::names::Kind;
use crate::bus::pulsar::words::MessageIdData;
use crate::tenant::TenantId;
use held::Held;
pub(super) use serving::serve;

/// A topic of requests, or a partition of one.
#[derive(Debug)]
pub(super) struct Topic {
    name: String,
    owner: TenantId,
    kind: Kind,
    held: Mutex<Held>,
    /// There is something to say to the broker.
    wake: Notify,
}

/// How a topic fares.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    /// Whether the broker sends what there is.
    pub(super) connected: bool,
    /// How many messages are not acknowledged, by any host, when that was asked last.
    pub(super) backlog: u64,
    /// What went wrong last, until it goes right again.
    pub(super) error: Option<String>,
}

impl Topic {
    pub(super) fn new(name: String, owner: TenantId, kind: Kind, prefetch: u32) -> Self {
        Self {
            name,
            owner,
            kind,
            held: Mutex::new(Held::new(prefetch)),
            wake: Notify::new(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn owner(&self) -> &TenantId {
        &self.owner
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn health(&self) -> Health {
        self.held().health.clone()
    }

    /// Asks the broker how many messages are not acknowledged. Where it cannot be asked,
    /// what it said last stays.
    pub(super) async fn count(&self) {
        let consumer = self.held().consumer.clone();
        if let Some(consumer) = consumer
            && let Ok(stats) = consumer.stats().await
        {
            self.held().health.backlog = stats.backlog;
        }
    }

    /// There is something to look after.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// How many requests of it are in somebody's hands.
    pub(super) fn in_hand(&self) -> u64 {
        self.held().in_hand()
    }

    /// One of what is here was handed on.
    pub(super) fn taken(&self) {
        if self.held().taken() {
            self.wake.notify_one();
        }
    }

    /// It is back.
    pub(super) fn returned(&self) {
        self.held().returned();
    }

    /// A message is done, of which the broker hears in a moment.
    pub(super) fn done(&self, place: &Place) {
        if self.held().done(place.entry, place.index) {
            self.wake.notify_one();
        }
    }

    /// A message that was here goes back to the broker, since there is no room for it.
    pub(super) fn no_room(&self, place: &Place) {
        self.held().no_room(place.entry, place.index);
        self.wake.notify_one();
    }

    /// Messages that were here are no more: the broker sends them again.
    pub(super) fn lost(&self, places: impl IntoIterator<Item = (EntryId, u32)>) {
        self.held().lost(places);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An entry's id, as a broker wants to hear it.
fn position(id: &MessageIdData) -> EntryId {
    (id.ledger_id, id.entry_id)
}
