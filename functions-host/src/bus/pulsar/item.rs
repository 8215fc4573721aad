//! A request that a broker has sent.

use std::sync::Arc;

use super::letter::Letter;
use super::topic::Topic;
use crate::bus::Request;
use crate::tenant::TenantId;

/// What an item takes besides its payload, in bytes, about.
const OVERHEAD: usize = 1024;

/// A request that a broker has sent, and where it is from.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) request: Arc<Request>,
    /// How many times it was delivered before.
    pub(super) attempts: u32,
    /// How many times in a row it could not be told how it ended.
    pub(super) untold: u32,
    pub(super) letter: Letter,
    pub(super) place: Place,
}

/// Where a message lies.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) topic: Arc<Topic>,
    pub(super) entry: EntryId,
    /// Its place in a batch, or 0.
    pub(super) index: u32,
}

/// Where an entry lies in its topic: its ledger, and its number there.
pub(super) type EntryId = (u64, u64);

impl Item {
    /// Whose namespace it is from.
    pub(super) fn owner(&self) -> &TenantId {
        self.place.topic.owner()
    }

    /// How much memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        // The payload stands there twice: as it was sent, and as it was read.
        self.letter
            .payload
            .len()
            .saturating_mul(2)
            .saturating_add(OVERHEAD)
    }

    /// It is in somebody's hands from now on.
    pub(super) fn taken(&self) {
        self.place.topic.taken();
    }

    /// It waits again.
    pub(super) fn returned(&self) {
        self.place.topic.returned();
    }
}
