//! Messages that come in pieces, put together.
//!
//! A producer cuts a message that is larger than an entry may be, and a broker hands all
//! its pieces to one consumer, in order and between others. Nothing makes a producer send
//! the last one, so what waits for it has bounds:
//!
//! - How many messages of a topic are unfinished ([`MOST_UNFINISHED`]), since each costs a
//!   little however small it is.
//! - How many bytes those are ([`Chunks::of`]). The oldest go first.
//! - How many bytes those of all topics are together ([`Store`]). There the oldest go of the
//!   tenant who has most, so that whoever begins messages without end is in nobody's way but
//!   his own.
//! - How many pieces came for one, since a piece that comes again leaves its token here.
//! - How long the first waits for the last ([`Chunks::overdue`]), since a piece that waits
//!   is not acknowledged, and a topic is kept from there on.
//!
//! Pieces come again. A broker sends those that nobody acknowledged to the next consumer,
//! and a producer that heard of no receipt sends all of a message once more. The first
//! piece begins a message anew each time, and pieces that are there already are left out.
//! Their tokens are handed back together with the others, so that nothing is acknowledged
//! before the message that it belongs to.

mod store;
#[cfg(test)]
mod tests;
mod unfinished;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::entry::{Piece, Unreadable};
use crate::bus::pulsar::words::MessageMetadata;
use crate::tenant::TenantId;
use store::Number;
pub(super) use store::Store;
use unfinished::{COST_OF_A_MESSAGE, put};

/// How many messages of a topic are unfinished at once.
const MOST_UNFINISHED: usize = 16;

/// How often a piece comes alone until it is given up: the others of its message are no more.
const MOST_TIMES_ALONE: u32 = 60;

/// The unfinished messages of one topic. A `T` is what a piece is acknowledged by.
#[derive(Debug)]
pub(super) struct Chunks<T> {
    store: Arc<Store<T>>,
    number: Number,
    most: usize,
}

/// What became of a piece, and of others.
#[derive(Debug)]
pub(super) struct Added<T> {
    /// The message, if the piece was its last.
    pub(super) whole: Option<Whole<T>>,
    /// What is not waited for any longer.
    pub(super) dropped: Vec<Dropped<T>>,
}

/// A message of which all pieces came.
#[derive(Debug)]
pub(super) struct Whole<T> {
    /// That of its first piece.
    pub(super) metadata: Box<MessageMetadata>,
    /// What was in the pieces, compressed if it was: for
    /// [`unpack`](super::entry::unpack).
    pub(super) payload: Bytes,
    /// The tokens of all pieces that belong to it, none of them twice.
    pub(super) tokens: Vec<T>,
}

/// Pieces that will not become a message.
#[derive(Debug)]
pub(super) struct Dropped<T> {
    /// Why not, with the metadata of the first piece and the bytes of all of them in a row.
    pub(super) what: Unreadable,
    /// The tokens of the pieces, at least one.
    pub(super) tokens: Vec<T>,
    /// It may become a message if all pieces come again.
    pub(super) again: bool,
}

impl<T: PartialEq> Chunks<T> {
    /// Of a topic of a tenant, of which messages of at most `most` bytes are wanted. Twice as
    /// many are held, so that one that is unfinished keeps no other one out. `wake` is called
    /// when some [made way](Self::made_way).
    pub(super) fn of(
        store: &Arc<Store<T>>,
        owner: &TenantId,
        most: usize,
        wake: impl Fn() + Send + 'static,
    ) -> Self {
        Self {
            number: store.open(owner, Box::new(wake)),
            store: Arc::clone(store),
            most: most.saturating_add(COST_OF_A_MESSAGE).saturating_mul(2),
        }
    }

    /// With no other topic to share the bytes with.
    pub(super) fn alone(owner: &TenantId, most: usize) -> Self {
        Self::of(&Arc::new(Store::new(usize::MAX)), owner, most, || {})
    }

    /// Takes a piece, which comes at `now`.
    pub(super) fn add(&mut self, piece: Piece, token: T, now: Instant) -> Added<T> {
        // A piece is copied under the lock, which nobody needs but for messages in pieces.
        let mut books = self.store.books();
        let known = books.take(self.number, piece.id());
        let put = put(known, piece, token, now);
        let mut dropped = put.dropped;
        if let Some(unfinished) = put.unfinished {
            books.put(self.number, unfinished);
        }
        while books.many(self.number) > MOST_UNFINISHED || books.held(self.number) > self.most {
            let Some(oldest) = books.take_oldest(self.number) else {
                break;
            };
            // One that fills all by itself does so when it comes again.
            let again = oldest.cost() <= self.most;
            dropped.push(oldest.dropped(NO_ROOM.to_owned(), again));
        }
        dropped.extend(books.make_room(self.number));
        Added {
            whole: put.whole,
            dropped,
        }
    }

    /// The tokens of those that had to go since others came, to be sent again later.
    pub(super) fn made_way(&mut self) -> Vec<T> {
        self.store.books().made_way(self.number)
    }

    /// Gives up the messages whose first piece came `patience` or longer before `now`.
    pub(super) fn overdue(&mut self, now: Instant, patience: Duration) -> Vec<Dropped<T>> {
        let mut books = self.store.books();
        let mut dropped = Vec::new();
        while books
            .oldest(self.number)
            .is_some_and(|since| now.saturating_duration_since(since) >= patience)
        {
            let Some(oldest) = books.take_oldest(self.number) else {
                break;
            };
            let reason = format!(
                "its other pieces did not come within {}",
                humantime::format_duration(patience)
            );
            dropped.push(oldest.dropped(reason, false));
        }
        dropped
    }
}

impl<T: PartialEq> Dropped<T> {
    /// Of these pieces the one with this token had come so many times before, as its broker
    /// remembers it.
    pub(super) fn came(&mut self, token: &T, times: u32) {
        let is_alone = matches!(&self.tokens[..], [one] if one == token);
        if is_alone && times >= MOST_TIMES_ALONE {
            self.again = false;
        }
    }
}

impl<T> Drop for Chunks<T> {
    fn drop(&mut self) {
        self.store.close(self.number);
    }
}

/// Why one is dropped that is in the way of others.
const NO_ROOM: &str =
    "it waited for its other pieces, and more messages in pieces came than are held";
