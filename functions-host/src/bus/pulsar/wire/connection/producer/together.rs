//! Messages that go together.
//!
//! A broker takes as long to store one message as it does to store a batch of them. So
//! while some are on their way those that come wait for each other, and go as one batch
//! when there is an answer. Where there is little to do nobody waits, and each goes alone.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{BufMut as _, Bytes, BytesMut};
use prost::Message as _;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Producing;
use crate::bus::pulsar::wire::WireError;
use crate::bus::pulsar::wire::route::Answer;
use crate::bus::pulsar::words::{MessageIdData, MessageMetadata, SingleMessageMetadata};

/// How many batches are on their way at once: the broker has another one to work on while
/// its answer to the last one comes.
const AT_ONCE: usize = 2;

/// How many messages a batch has at most, and about how many bytes.
const MESSAGES: usize = 1000;
const BYTES: usize = 128 << 10;

/// A message of more bytes goes alone.
const LARGE: usize = 32 << 10;

/// Those that wait to go.
#[derive(Debug, Default)]
pub(super) struct Together(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Single>,
    /// How many tasks send them.
    senders: usize,
}

#[derive(Debug)]
struct Single {
    metadata: MessageMetadata,
    payload: Bytes,
    /// How many bytes it takes in a batch, about.
    bytes: usize,
    stored: oneshot::Sender<Answer<MessageIdData>>,
}

impl Producing {
    /// Sends a message, alone or with others, and waits until the broker has stored it. Of
    /// what its metadata says its properties, its key and its time go along.
    pub(in crate::bus::pulsar) async fn send_together(
        self: &Arc<Self>,
        metadata: MessageMetadata,
        payload: Bytes,
    ) -> Answer<MessageIdData> {
        let large = LARGE.min(self.room());
        let bytes = metadata.encoded_len().saturating_add(payload.len());
        if bytes > large {
            return self.send(metadata, payload).await;
        }
        let (stored, receipt) = oneshot::channel();
        let single = Single {
            metadata,
            payload,
            bytes,
            stored,
        };
        if self.together.add(single) {
            tokio::spawn(Arc::clone(self).send_those_that_wait());
        }
        // It may wait for one batch before its own.
        let deadline = self.connection.0.deadline.saturating_mul(2);
        match timeout(deadline, receipt).await {
            Ok(Ok(stored)) => stored,
            Ok(Err(_)) => Err(WireError::connection("nobody sends the message any more")),
            Err(_) => Err(WireError::late("a message", deadline)),
        }
    }

    async fn send_those_that_wait(self: Arc<Self>) {
        let most = BYTES.min(self.room());
        while let Some(mut batch) = self.together.next(most) {
            // Whoever waits no longer says it again.
            batch.retain(|single| !single.stored.is_closed());
            match batch.len() {
                0 => {}
                1 => {
                    for single in batch {
                        let stored = self.send(single.metadata, single.payload).await;
                        // Whoever waited may have gone.
                        let _ = single.stored.send(stored);
                    }
                }
                _ => self.send_batch(batch).await,
            }
        }
    }

    /// How many bytes a batch, or a message of one, may have for the broker to take it.
    fn room(&self) -> usize {
        self.connection.0.max_message / 4
    }

    async fn send_batch(&self, batch: Vec<Single>) {
        let many = batch.len();
        let bytes = batch.iter().map(|single| single.bytes + 16);
        let mut payload = BytesMut::with_capacity(bytes.sum());
        let mut waiting = Vec::with_capacity(many);
        for single in batch {
            waiting.push(single.write(&mut payload));
        }
        let metadata = MessageMetadata {
            num_messages_in_batch: i32::try_from(many).ok(),
            ..MessageMetadata::default()
        };
        let stored = self.send(metadata, payload.freeze()).await;
        for (index, waits) in (0..).zip(waiting) {
            let stored = stored.clone().map(|id| MessageIdData {
                batch_index: Some(index),
                ..id
            });
            let _ = waits.send(stored);
        }
    }
}

impl Single {
    /// Writes it as a part of a batch. Returns who waits for it.
    fn write(self, to: &mut BytesMut) -> oneshot::Sender<Answer<MessageIdData>> {
        let metadata = self.metadata;
        let single = SingleMessageMetadata {
            properties: metadata.properties,
            partition_key: metadata.partition_key,
            partition_key_b64_encoded: metadata.partition_key_b64_encoded,
            payload_size: i32::try_from(self.payload.len()).unwrap_or(i32::MAX),
            event_time: metadata.event_time,
            ..SingleMessageMetadata::default()
        };
        let size = single.encoded_len();
        to.reserve(4 + size + self.payload.len());
        // It is not large, or it would go alone.
        to.put_u32(u32::try_from(size).unwrap_or(u32::MAX));
        single.encode_raw(to);
        to.put_slice(&self.payload);
        self.stored
    }
}

impl Together {
    /// Has a message wait. Returns whether somebody more is to send those that do.
    fn add(&self, single: Single) -> bool {
        let mut waiting = self.lock();
        waiting.messages.push_back(single);
        let more = waiting.senders < AT_ONCE;
        waiting.senders += usize::from(more);
        more
    }

    /// Those that go next; nothing where none waits, and then whoever asked sends no more.
    fn next(&self, most: usize) -> Option<Vec<Single>> {
        let mut waiting = self.lock();
        if waiting.messages.is_empty() {
            waiting.senders = waiting.senders.saturating_sub(1);
            return None;
        }
        let mut bytes = 0_usize;
        let many = waiting.messages.iter().take(MESSAGES).take_while(|single| {
            let fits = bytes < most;
            bytes = bytes.saturating_add(single.bytes);
            fits
        });
        let many = many.count();
        let rest = waiting.messages.split_off(many);
        Some(mem::replace(&mut waiting.messages, rest).into())
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{AT_ONCE, BYTES, LARGE, MESSAGES, Single, Together};
    use bytes::Bytes;
    use tokio::sync::oneshot;

    use crate::bus::pulsar::words::MessageMetadata;

    fn single(bytes: usize) -> Single {
        Single {
            metadata: MessageMetadata::default(),
            payload: Bytes::from(vec![0; bytes]),
            bytes,
            stored: oneshot::channel().0,
        }
    }

    #[test]
    fn those_wait_that_come_while_enough_are_on_their_way() {
        let together = Together::default();
        for _ in 0..AT_ONCE {
            assert!(together.add(single(1)));
            assert_eq!(together.next(BYTES).unwrap().len(), 1);
        }
        (0..5).for_each(|_| assert!(!together.add(single(1))));
        assert_eq!(together.next(BYTES).unwrap().len(), 5);
        // Nobody waits: the senders end, and the next one has a sender of its own again.
        for _ in 0..AT_ONCE {
            assert!(together.next(BYTES).is_none());
        }
        assert!(together.add(single(1)));
    }

    #[test]
    fn a_batch_is_bounded_in_messages_and_in_bytes() {
        let together = Together::default();
        for _ in 0..=MESSAGES {
            together.add(single(1));
        }
        assert_eq!(together.next(BYTES).unwrap().len(), MESSAGES);
        assert_eq!(together.next(BYTES).unwrap().len(), 1);
        let many = 2 * BYTES / LARGE;
        for _ in 0..many {
            together.add(single(LARGE));
        }
        let batch = together.next(BYTES).unwrap();
        let bytes: usize = batch.iter().map(|single| single.bytes).sum();
        assert!(bytes < BYTES + 2 * LARGE && batch.len() > 1, "{bytes}");
    }
}
