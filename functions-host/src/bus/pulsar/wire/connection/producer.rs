//! A producer on a connection.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use prost::Message as _;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Connection, Forgotten, senseless};
use crate::bus::pulsar::wire::WireError;
use crate::bus::pulsar::words::{
    Command, CommandCloseProducer, CommandProducer, CommandSend, MessageIdData, MessageMetadata,
    Schema,
};

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
    sequence: AtomicU64,
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
            sequence: AtomicU64::new(0),
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
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        metadata.producer_name.clone_from(&self.name);
        metadata.sequence_id = sequence;
        metadata.publish_time = now();
        if metadata.schema_version.is_none() {
            metadata.schema_version.clone_from(&self.schema_version);
        }
        let most = self.connection.0.max_message;
        let head = metadata.encoded_len().saturating_add(HEAD);
        if head.saturating_add(payload.len()) <= most {
            return self.send_piece(metadata, payload, false).await;
        }
        let total = payload.len();
        let too_large = || WireError::TooLarge { bytes: total, most };
        let room = most
            .checked_sub(head)
            .filter(|room| *room > 0)
            .ok_or_else(too_large)?;
        let count = i32::try_from(total.div_ceil(room)).map_err(|_| too_large())?;
        metadata.uuid = Some(format!("{}-{sequence}", self.name));
        metadata.num_chunks_from_msg = Some(count);
        metadata.total_chunk_msg_size = Some(i32::try_from(total).map_err(|_| too_large())?);
        let mut rest = payload;
        let mut last = MessageIdData::default();
        for number in 0..count {
            metadata.chunk_id = Some(number);
            let piece = rest.split_to(room.min(rest.len()));
            last = self.send_piece(metadata.clone(), piece, true).await?;
        }
        Ok(last)
    }

    async fn send_piece(
        &self,
        metadata: MessageMetadata,
        payload: Bytes,
        is_piece: bool,
    ) -> Result<MessageIdData, WireError> {
        let shared = &self.connection.0;
        let sequence = metadata.sequence_id;
        let send = Command::Send(CommandSend {
            producer_id: self.id,
            sequence_id: sequence,
            num_messages: Some(1),
            highest_sequence_id: None,
            is_chunk: is_piece.then_some(true),
        });
        let receipt = shared.routes.send(self.id, sequence);
        let _forgotten = Forgotten(|| shared.routes.forget_send(self.id, sequence));
        let sent = async {
            shared
                .post(send, Some((Box::new(metadata), payload)))
                .await?;
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
