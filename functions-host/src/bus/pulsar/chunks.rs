//! Messages that come in pieces, put together.
//!
//! A producer cuts a message that is larger than an entry may be, and a broker hands all
//! its pieces to one consumer, in order and between others. Nothing makes a producer send
//! the last one, so what waits for it has bounds, for each topic:
//!
//! - How many messages are unfinished ([`MOST_UNFINISHED`]), since each costs a little
//!   however small it is.
//! - How many bytes those are ([`Chunks::new`]). The oldest go first.
//! - How many pieces came for one, since a piece that comes again leaves its token here.
//! - How long the first waits for the last ([`Chunks::overdue`]), since a piece that waits
//!   is not acknowledged, and a topic is kept from there on.
//!
//! Pieces come again. A broker sends those that nobody acknowledged to the next consumer,
//! and a producer that heard of no receipt sends all of a message once more. The first
//! piece begins a message anew each time, and pieces that are there already are left out.
//! Their tokens are handed back together with the others, so that nothing is acknowledged
//! before the message that it belongs to.

#[cfg(test)]
mod tests;
mod unfinished;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::entry::{Piece, Unreadable};
use crate::bus::pulsar::words::MessageMetadata;
use unfinished::{COST_OF_A_MESSAGE, Unfinished, put};

/// How many messages of a topic are unfinished at once.
const MOST_UNFINISHED: usize = 16;

/// The unfinished messages of one topic. A `T` is what a piece is acknowledged by.
#[derive(Debug)]
pub(super) struct Chunks<T> {
    /// The oldest is in front.
    unfinished: VecDeque<Unfinished<T>>,
    most: usize,
    held: usize,
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
    /// Of a topic of which messages of at most `most` bytes are wanted. Twice as many are
    /// held, so that one that is unfinished keeps no other one out.
    pub(super) fn new(most: usize) -> Self {
        Self {
            unfinished: VecDeque::new(),
            most: most.saturating_add(COST_OF_A_MESSAGE).saturating_mul(2),
            held: 0,
        }
    }

    /// Takes a piece, which comes at `now`.
    pub(super) fn add(&mut self, piece: Piece, token: T, now: Instant) -> Added<T> {
        let at = self.unfinished.iter().position(|it| it.id() == piece.id());
        let known = at.and_then(|at| self.unfinished.remove(at));
        if let Some(known) = &known {
            self.held = self.held.saturating_sub(known.cost());
        }
        let put = put(known, piece, token, now);
        let mut dropped = put.dropped;
        if let Some(unfinished) = put.unfinished {
            self.held = self.held.saturating_add(unfinished.cost());
            let place = self
                .unfinished
                .iter()
                .rposition(|it| it.since <= unfinished.since);
            self.unfinished
                .insert(place.map_or(0, |it| it + 1), unfinished);
        }
        while self.unfinished.len() > MOST_UNFINISHED || self.held > self.most {
            let Some(oldest) = self.unfinished.pop_front() else {
                break;
            };
            self.held = self.held.saturating_sub(oldest.cost());
            // One that fills all by itself does so when it comes again.
            let again = oldest.cost() <= self.most;
            let reason =
                "it waited for its other pieces, and more messages in pieces came than are held";
            dropped.push(oldest.dropped(reason.to_owned(), again));
        }
        Added {
            whole: put.whole,
            dropped,
        }
    }

    /// Gives up the messages whose first piece came `patience` or longer before `now`.
    pub(super) fn overdue(&mut self, now: Instant, patience: Duration) -> Vec<Dropped<T>> {
        let mut dropped = Vec::new();
        while let Some(oldest) = self
            .unfinished
            .pop_front_if(|it| now.saturating_duration_since(it.since) >= patience)
        {
            self.held = self.held.saturating_sub(oldest.cost());
            let reason = format!(
                "its other pieces did not come within {}",
                humantime::format_duration(patience)
            );
            dropped.push(oldest.dropped(reason, false));
        }
        dropped
    }

    /// When the first of those that are unfinished began, if there is any.
    #[cfg(test)]
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.unfinished.front().map(|it| it.since)
    }
}
