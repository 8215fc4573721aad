//! A message of which some pieces came, and what the next piece makes of it.

use std::time::Instant;

use bytes::BytesMut;
use prost::Message as _;

use super::{Dropped, Whole};
use crate::bus::pulsar::entry::{Piece, Unreadable};
use crate::bus::pulsar::words::MessageMetadata;

/// How many times all pieces of a message may come before it is given up.
const MOST_TIMES: usize = 4;

/// What a message in pieces, a token, and a property cost besides their bytes.
pub(super) const COST_OF_A_MESSAGE: usize = 1024;
const COST_OF_A_TOKEN: usize = 64;
const COST_OF_A_PROPERTY: usize = 96;

#[derive(Debug)]
pub(super) struct Unfinished<T> {
    metadata: Box<MessageMetadata>,
    payload: BytesMut,
    of: u32,
    total: usize,
    /// The piece that has to come next.
    next: u32,
    tokens: Vec<T>,
    /// When its first piece came.
    pub(super) since: Instant,
    /// What its metadata takes.
    overhead: usize,
}

/// What a piece makes of what is there of its message.
pub(super) struct Put<T> {
    pub(super) unfinished: Option<Unfinished<T>>,
    pub(super) whole: Option<Whole<T>>,
    pub(super) dropped: Vec<Dropped<T>>,
}

/// Puts a piece to the others of its message, as far as those are known.
pub(super) fn put<T: PartialEq>(
    known: Option<Unfinished<T>>,
    piece: Piece,
    token: T,
    now: Instant,
) -> Put<T> {
    let (number, of) = (piece.number, piece.of);
    let Some(mut known) = known else {
        if number == 0 {
            return Unfinished::begin(piece, vec![token], now).settle();
        }
        let reason = format!("it is piece {number} of {of}, and piece 0 did not come before it");
        return Put::nothing(vec![alone(piece, token, reason, true)]);
    };
    if (known.of, known.total) != (of, piece.total) {
        let reason = format!(
            "it has {} pieces of {} bytes together, and then one came of {of} pieces of {}",
            known.of, known.total, piece.total
        );
        let mut dropped = vec![known.dropped(reason.clone(), false)];
        if number > 0 {
            dropped.push(alone(piece, token, reason, false));
            return Put::nothing(dropped);
        }
        let mut put = Unfinished::begin(piece, vec![token], now).settle();
        dropped.append(&mut put.dropped);
        return Put { dropped, ..put };
    }
    if number > known.next {
        let reason = format!("piece {number} of {of} came, and not piece {}", known.next);
        return Put::nothing(vec![
            known.dropped(reason.clone(), true),
            alone(piece, token, reason, true),
        ]);
    }
    if !known.tokens.contains(&token) {
        known.tokens.push(token);
    }
    if number == 0 {
        known = Unfinished::begin(piece, known.tokens, now);
    } else if number == known.next {
        known.payload.extend_from_slice(&piece.payload);
        known.next += 1;
    }
    known.settle()
}

impl<T> Unfinished<T> {
    fn begin(piece: Piece, tokens: Vec<T>, since: Instant) -> Self {
        let properties = piece.metadata.properties.len() + piece.metadata.replicate_to.len();
        let overhead = piece.metadata.encoded_len() + properties.saturating_mul(COST_OF_A_PROPERTY);
        Self {
            overhead: overhead.saturating_add(COST_OF_A_MESSAGE),
            // Of its own, so that the entry that it came in can go.
            payload: BytesMut::from(&piece.payload[..]),
            metadata: piece.metadata,
            of: piece.of,
            total: piece.total,
            next: 1,
            tokens,
            since,
        }
    }

    pub(super) fn id(&self) -> &str {
        self.metadata.uuid.as_deref().unwrap_or_default()
    }

    /// How many bytes it takes, about.
    pub(super) fn cost(&self) -> usize {
        let tokens = self.tokens.len().saturating_mul(COST_OF_A_TOKEN);
        let content = self.payload.len().saturating_add(tokens);
        content.saturating_add(self.overhead)
    }

    pub(super) fn dropped(self, reason: String, again: bool) -> Dropped<T> {
        Dropped {
            what: Unreadable {
                reason,
                metadata: Some(self.metadata),
                payload: self.payload.freeze(),
            },
            tokens: self.tokens,
            again,
        }
    }

    /// Whether it is whole now, or will never be.
    fn settle(self) -> Put<T> {
        let whole = self.next >= self.of;
        let length = self.payload.len();
        if length > self.total || (whole && length < self.total) {
            let reason = format!(
                "its pieces have {length} bytes together, and not {} as each of them says",
                self.total
            );
            return Put::nothing(vec![self.dropped(reason, false)]);
        }
        if whole {
            return Put {
                whole: Some(Whole {
                    metadata: self.metadata,
                    payload: self.payload.freeze(),
                    tokens: self.tokens,
                }),
                ..Put::nothing(Vec::new())
            };
        }
        let most = usize::try_from(self.of).unwrap_or(usize::MAX);
        if self.tokens.len() > most.saturating_mul(MOST_TIMES) {
            let reason = format!("its pieces came more than {MOST_TIMES} times, but not the last");
            return Put::nothing(vec![self.dropped(reason, false)]);
        }
        Put {
            unfinished: Some(self),
            ..Put::nothing(Vec::new())
        }
    }
}

impl<T> Put<T> {
    fn nothing(dropped: Vec<Dropped<T>>) -> Self {
        Self {
            unfinished: None,
            whole: None,
            dropped,
        }
    }
}

fn alone<T>(piece: Piece, token: T, reason: String, again: bool) -> Dropped<T> {
    Dropped {
        what: Unreadable {
            reason,
            metadata: Some(piece.metadata),
            payload: piece.payload,
        },
        tokens: vec![token],
        again,
    }
}
