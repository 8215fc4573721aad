//! What a broker has sent, on its way to those who wait for it: opened, put together, read
//! by the schema of its writer. What cannot be read becomes a dead letter.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::position;
use super::serving::Serving;
use crate::bus::pulsar::chunks::{Dropped, Whole};
use crate::bus::pulsar::entry::{self, Entry, Opened, Single, Unreadable};
use crate::bus::pulsar::item::{Item, Place};
use crate::bus::pulsar::letter::{Letter, Note};
use crate::bus::pulsar::names::{self, Kind};
use crate::bus::pulsar::wire::{Consumer, Delivered, WireError};
use crate::bus::pulsar::words::{MessageIdData, MessageMetadata};

impl Serving<'_> {
    pub(super) async fn arrived(
        &mut self,
        consumer: &Consumer,
        delivered: Delivered,
    ) -> Result<(), WireError> {
        let Delivered {
            id,
            ack_set,
            times,
            rest,
        } = delivered;
        if self.shared.stopping() {
            self.topic.held().used(1);
            consumer.give_back(vec![id]);
            return Ok(());
        }
        let is_done = |number: usize| {
            let word = ack_set.get(number / 64);
            !ack_set.is_empty() && word.is_none_or(|word| word >> (number % 64) & 1 == 0)
        };
        let opened = entry::open(rest, self.shared.config.max_message_bytes);
        let many = entry::count(&opened);
        self.topic.held().used(many);
        match opened {
            Ok(Opened::Whole(entry)) => {
                self.whole(consumer, id, Vec::new(), many, entry, is_done)
                    .await
            }
            Ok(Opened::Piece(piece)) => {
                let mut added = self.chunks.add(piece, id.clone(), Instant::now());
                for dropped in &mut added.dropped {
                    dropped.came(&id, times);
                }
                self.dropped(added.dropped);
                let Some(Whole {
                    metadata,
                    payload,
                    tokens,
                }) = added.whole
                else {
                    return Ok(());
                };
                let most = self.shared.config.max_message_bytes;
                match entry::unpack(metadata, payload, most) {
                    Ok(entry) => {
                        let pieces = tokens.into_iter().filter(|piece| *piece != id).collect();
                        self.whole(consumer, id, pieces, 1, entry, |_| false).await
                    }
                    Err(unreadable) => {
                        self.unreadable(tokens, unreadable);
                        Ok(())
                    }
                }
            }
            Err(unreadable) => {
                self.unreadable(vec![id], unreadable);
                Ok(())
            }
        }
    }

    async fn whole(
        &self,
        consumer: &Consumer,
        id: MessageIdData,
        pieces: Vec<MessageIdData>,
        many: usize,
        entry: Entry,
        is_done: impl Fn(usize) -> bool,
    ) -> Result<(), WireError> {
        let at = position(&id);
        let new = self.topic.held().came(id.clone(), pieces, many, is_done);
        let Entry { metadata, messages } = entry;
        let mut messages = messages.into_iter().peekable();
        for index in new {
            let place = Place {
                topic: Arc::clone(self.topic),
                entry: at,
                index,
            };
            while messages
                .next_if(|single| single.index.unwrap_or(0) < index)
                .is_some()
            {}
            match messages.next_if(|single| single.index.unwrap_or(0) == index) {
                Some(single) => {
                    self.message(consumer, &id, &metadata, single, place)
                        .await?;
                }
                // It was compacted away.
                None => {
                    self.topic.taken();
                    self.topic.done(&place);
                }
            }
        }
        Ok(())
    }

    async fn message(
        &self,
        consumer: &Consumer,
        id: &MessageIdData,
        metadata: &MessageMetadata,
        single: Single,
        place: Place,
    ) -> Result<(), WireError> {
        let version = metadata
            .schema_version
            .clone()
            .filter(|version| !version.is_empty());
        let requests = self.shared.names.requests(self.topic.owner());
        let id = names::text(id, single.index);
        let (letter, note) = match self.topic.kind() {
            Kind::Requests => (Letter::new(single, version, &requests, id), Note::default()),
            _ => Letter::kept(single, version, &requests, id),
        };
        let read = self
            .shared
            .read(consumer.connection(), self.topic.owner(), &letter)
            .await;
        match read? {
            Ok(request) => {
                let item = Item {
                    request: Arc::new(request),
                    attempts: note.attempts,
                    untold: 0,
                    letter,
                    place,
                };
                let back = self.shared.turns().put(item);
                for item in back {
                    item.place.topic.no_room(&item.place);
                }
            }
            Err(reason) => self.shared.bury_unread(letter, reason, place),
        }
        Ok(())
    }

    /// Pieces are not waited for any more.
    pub(super) fn dropped(&mut self, dropped: Vec<Dropped<MessageIdData>>) {
        for Dropped {
            what,
            tokens,
            again,
        } in dropped
        {
            match again {
                true => self.returns.extend(tokens),
                false => self.unreadable(tokens, what),
            }
        }
    }

    fn unreadable(&self, mut ids: Vec<MessageIdData>, unreadable: Unreadable) {
        let Some(id) = ids.pop() else { return };
        let at = position(&id);
        let new = self.topic.held().came(id.clone(), ids, 1, |_| false);
        if new.is_empty() {
            return;
        }
        let Unreadable {
            reason,
            metadata,
            payload,
        } = unreadable;
        let requests = self.shared.names.requests(self.topic.owner());
        // It is kept for longer than what it was sent with.
        let payload = Bytes::copy_from_slice(&payload);
        let letter = Letter::unopened(
            payload,
            metadata.as_deref(),
            &requests,
            names::text(&id, None),
        );
        let place = Place {
            topic: Arc::clone(self.topic),
            entry: at,
            index: 0,
        };
        self.shared.bury_unread(letter, reason, place);
    }
}
