//! A producer on a connection.

mod together;

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use prost::Message as _;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Connection, Forgotten, senseless};
use crate::bus::pulsar::wire::WireError;
use crate::bus::pulsar::wire::frame::Outgoing;
use crate::bus::pulsar::wire::route::Answer;
use crate::bus::pulsar::words::{
    Command, CommandCloseProducer, CommandProducer, CommandSend, MessageIdData, MessageMetadata,
    Schema,
};
use together::Together;

/// What a message takes besides its metadata and its payload, and some more for what its
/// pieces say of themselves, and for what the broker adds before it stores them: a store
/// whose bound is that of the broker would refuse them for ever.
const HEAD: usize = 16 << 10;

/// Puts messages into a topic. It is closed when this is dropped.
#[derive(Debug)]
pub(in crate::bus::pulsar) struct Producing {
    connection: Connection,
    id: u64,
    /// As the broker has named it: no two have the same name, so the numbers of messages
    /// may begin at 0.
    name: String,
    schema_version: Option<Vec<u8>>,
    /// The number of the next message.
    next: Mutex<u64>,
    together: Together,
    gone: CancellationToken,
}

impl Connection {
    /// Begins to put messages into a topic, which is made where it lacks. They are of this
    /// schema, which the topic has from then on.
    pub(in crate::bus::pulsar) async fn produce(
        &self,
        topic: &str,
        schema: Option<Schema>,
    ) -> Result<Producing, WireError> {
        const WHAT: &str = "a producer";
        let id = self.0.next_id();
        let gone = self.0.routes.producer(id);
        let mut producing = Producing {
            connection: self.clone(),
            id,
            name: String::new(),
            schema_version: None,
            next: Mutex::new(0),
            together: Together::default(),
            gone,
        };
        let answer = self.request(WHAT, |request_id| {
            Command::Producer(Box::new(CommandProducer {
                topic: topic.to_owned(),
                producer_id: id,
                request_id,
                schema,
                user_provided_producer_name: Some(false),
            }))
        });
        let Command::ProducerSuccess(answer) = answer.await? else {
            return Err(senseless(WHAT));
        };
        producing.name = answer.producer_name;
        producing.schema_version = answer.schema_version.filter(|version| !version.is_empty());
        Ok(producing)
    }
}

impl Producing {
    /// Whether the broker has closed it, or the connection has ended.
    pub(in crate::bus::pulsar) fn is_gone(&self) -> bool {
        self.gone.is_cancelled() || self.connection.is_closed()
    }

    /// Sends a message, and waits until the broker has stored it. One that is larger than
    /// the broker takes goes in pieces, which the clients of all languages put together.
    pub(in crate::bus::pulsar) async fn send(
        &self,
        mut metadata: MessageMetadata,
        payload: Bytes,
    ) -> Result<MessageIdData, WireError> {
        metadata.producer_name.clone_from(&self.name);
        metadata.publish_time = now();
        if metadata.schema_version.is_none() {
            metadata.schema_version.clone_from(&self.schema_version);
        }
        let most = self.connection.0.max_message;
        let head = metadata.encoded_len().saturating_add(HEAD);
        if head.saturating_add(payload.len()) <= most {
            return self.send_frame(metadata, payload, None).await;
        }
        let total = payload.len();
        let too_large = || WireError::TooLarge { bytes: total, most };
        let room = most
            .checked_sub(head)
            .filter(|room| *room > 0)
            .ok_or_else(too_large)?;
        let count = i32::try_from(total.div_ceil(room)).map_err(|_| too_large())?;
        let sequence = self.number();
        metadata.uuid = Some(format!("{}-{sequence}", self.name));
        metadata.num_chunks_from_msg = Some(count);
        metadata.total_chunk_msg_size = Some(i32::try_from(total).map_err(|_| too_large())?);
        let mut rest = payload;
        let mut last = MessageIdData::default();
        for number in 0..count {
            metadata.chunk_id = Some(number);
            let piece = rest.split_to(room.min(rest.len()));
            let sent = self.send_frame(metadata.clone(), piece, Some(sequence));
            last = sent.await?;
        }
        Ok(last)
    }

    /// Sends a frame, and waits until the broker has stored what is in it.
    async fn send_frame(
        &self,
        metadata: MessageMetadata,
        payload: Bytes,
        piece_of: Option<u64>,
    ) -> Answer<MessageIdData> {
        let shared = &self.connection.0;
        let sent = async {
            let room = shared.outbox.reserve().await.map_err(|_| shared.error())?;
            let (sequence, receipt) = self.post(room, metadata, payload, piece_of);
            let _forgotten = Forgotten(|| shared.routes.forget_send(self.id, sequence));
            receipt.await.unwrap_or_else(|_| {
                Err(match shared.closed.is_cancelled() {
                    true => shared.error(),
                    false => WireError::connection("the broker has closed the producer"),
                })
            })
        };
        timeout(shared.deadline, sent).await.unwrap_or({
            Err(WireError::Deadline {
                what: "a message",
                after: shared.deadline,
            })
        })
    }

    /// Posts a frame, numbered unless it is a piece of a message that has its number. A
    /// broker that drops what it has stored before takes all numbers below the last one for
    /// such, so frames go in the order of their numbers.
    fn post(
        &self,
        room: mpsc::Permit<'_, Outgoing>,
        mut metadata: MessageMetadata,
        payload: Bytes,
        piece_of: Option<u64>,
    ) -> (u64, oneshot::Receiver<Answer<MessageIdData>>) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let sequence = piece_of.unwrap_or(*next);
        *next = next.saturating_add(u64::from(piece_of.is_none()));
        let receipt = self.connection.0.routes.send(self.id, sequence);
        metadata.sequence_id = sequence;
        let send = Command::Send(CommandSend {
            producer_id: self.id,
            sequence_id: sequence,
            num_messages: metadata.num_messages_in_batch.or(Some(1)),
            highest_sequence_id: None,
            is_chunk: piece_of.map(|_| true),
        });
        room.send(Outgoing {
            said: send.into(),
            message: Some((Box::new(metadata), payload)),
        });
        (sequence, receipt)
    }

    fn number(&self) -> u64 {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let number = *next;
        *next = next.saturating_add(1);
        number
    }
}

impl Drop for Producing {
    fn drop(&mut self) {
        let shared = &self.connection.0;
        shared.routes.close_producer(self.id);
        shared.post_now(Command::CloseProducer(CommandCloseProducer {
            producer_id: self.id,
            request_id: shared.next_id(),
        }));
    }
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
