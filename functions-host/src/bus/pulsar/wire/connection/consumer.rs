//! A consumer on a connection.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{Connection, senseless};
use crate::bus::pulsar::wire::WireError;
use crate::bus::pulsar::wire::error::error_of;
use crate::bus::pulsar::words::{
    AckType, Command, CommandAck, CommandCloseConsumer, CommandConsumerStats, CommandFlow,
    CommandRedeliverUnacknowledgedMessages, CommandSubscribe, InitialPosition, MessageIdData,
    SubType,
};

/// A message as it came.
#[derive(Debug)]
pub(in crate::bus::pulsar) struct Delivered {
    pub(in crate::bus::pulsar) id: MessageIdData,
    /// Which messages of a batch are still to be done, a bit each; all of them where it is
    /// empty.
    pub(in crate::bus::pulsar) ack_set: Vec<i64>,
    /// How often it came before, as far as the broker remembers.
    pub(in crate::bus::pulsar) times: u32,
    /// Its metadata and its payload, unopened.
    pub(in crate::bus::pulsar) rest: Bytes,
}

/// What a consumer is sent: as much as it permits. It is closed when this is dropped.
#[derive(Debug)]
pub(in crate::bus::pulsar) struct Inbox {
    consumer: Consumer,
    messages: mpsc::UnboundedReceiver<Delivered>,
}

/// A consumer, to say something of it. Clones are the same one.
#[derive(Clone, Debug)]
pub(in crate::bus::pulsar) struct Consumer {
    connection: Connection,
    id: u64,
}

/// What a broker knows of a consumer.
#[derive(Clone, Copy, Debug)]
pub(in crate::bus::pulsar) struct Stats {
    /// How many messages of its subscription are not acknowledged.
    pub(in crate::bus::pulsar) backlog: u64,
    /// How many more messages it may be sent.
    pub(in crate::bus::pulsar) permits: i64,
}

impl Connection {
    /// Follows a topic, which is made where it lacks, from so long ago on, without leaving a
    /// trace there. It is sent nothing yet.
    pub(in crate::bus::pulsar) async fn follow(
        &self,
        topic: &str,
        name: &str,
        back: Duration,
    ) -> Result<Inbox, WireError> {
        self.consume(CommandSubscribe {
            topic: topic.to_owned(),
            subscription: name.to_owned(),
            sub_type: SubType::Exclusive.into(),
            durable: Some(false),
            initial_position: Some(InitialPosition::Latest.into()),
            start_message_rollback_duration_sec: Some(back.as_secs().saturating_add(1)),
            force_topic_creation: Some(true),
            ..CommandSubscribe::default()
        })
        .await
    }

    /// Subscribes to a topic, and is sent nothing yet.
    pub(in crate::bus::pulsar) async fn subscribe(
        &self,
        topic: &str,
        subscription: &str,
        kind: SubType,
        create: bool,
    ) -> Result<Inbox, WireError> {
        self.consume(CommandSubscribe {
            topic: topic.to_owned(),
            subscription: subscription.to_owned(),
            sub_type: kind.into(),
            durable: Some(true),
            initial_position: Some(InitialPosition::Earliest.into()),
            force_topic_creation: Some(create),
            ..CommandSubscribe::default()
        })
        .await
    }

    async fn consume(&self, subscribe: CommandSubscribe) -> Result<Inbox, WireError> {
        let consumer_id = self.0.next_id();
        let inbox = Inbox {
            consumer: Consumer {
                connection: self.clone(),
                id: consumer_id,
            },
            messages: self.0.routes.inbox(consumer_id),
        };
        let subscribed = self.request("a subscription", |request_id| {
            Command::Subscribe(Box::new(CommandSubscribe {
                consumer_id,
                request_id,
                ..subscribe
            }))
        });
        subscribed.await?;
        Ok(inbox)
    }
}

impl Inbox {
    /// The next message; `None` once the broker has closed the consumer, or the connection
    /// has ended.
    pub(in crate::bus::pulsar) async fn next(&mut self) -> Option<Delivered> {
        self.messages.recv().await
    }

    /// The next message, if it is here already.
    pub(in crate::bus::pulsar) fn next_now(&mut self) -> Option<Delivered> {
        self.messages.try_recv().ok()
    }

    /// Whether nothing has come that was not taken.
    pub(in crate::bus::pulsar) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The consumer it is of.
    pub(in crate::bus::pulsar) fn consumer(&self) -> &Consumer {
        &self.consumer
    }

    /// Closes it, and waits until the broker has heard that.
    pub(in crate::bus::pulsar) async fn close(self) -> Result<(), WireError> {
        let Consumer { connection, id } = &self.consumer;
        let closed = connection.request("a consumer's end", |request| closing(*id, request));
        closed.await.map(drop)
    }
}

impl Consumer {
    /// The connection it is on.
    pub(in crate::bus::pulsar) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Permits the broker to send so many more.
    pub(in crate::bus::pulsar) async fn permit(&self, many: u32) -> Result<(), WireError> {
        let flow = Command::Flow(CommandFlow {
            consumer_id: self.id,
            message_permits: many,
        });
        self.connection.0.post(flow, None).await
    }

    /// Acknowledges messages, and waits until the broker says that it has heard it.
    pub(in crate::bus::pulsar) async fn ack(
        &self,
        ids: Vec<MessageIdData>,
    ) -> Result<(), WireError> {
        const WHAT: &str = "an acknowledgement";
        let answer = self.connection.request(WHAT, |request_id| {
            Command::Ack(CommandAck {
                consumer_id: self.id,
                ack_type: AckType::Individual.into(),
                message_id: ids,
                request_id: Some(request_id),
            })
        });
        let Command::AckResponse(answer) = answer.await? else {
            return Err(senseless(WHAT));
        };
        match answer.error {
            None => Ok(()),
            Some(error) => Err(WireError::Refused {
                what: WHAT,
                error: error_of(error),
                message: answer.message.unwrap_or_default(),
            }),
        }
    }

    /// Gives messages back: they are sent again, here or elsewhere.
    pub(in crate::bus::pulsar) fn give_back(&self, ids: Vec<MessageIdData>) -> bool {
        let again = CommandRedeliverUnacknowledgedMessages {
            consumer_id: self.id,
            message_ids: ids,
        };
        let again = Command::RedeliverUnacknowledgedMessages(again);
        self.connection.0.post_now(again)
    }

    /// What the broker knows of it.
    pub(in crate::bus::pulsar) async fn stats(&self) -> Result<Stats, WireError> {
        const WHAT: &str = "a question for a backlog";
        let answer = self.connection.request(WHAT, |request_id| {
            Command::ConsumerStats(CommandConsumerStats {
                request_id,
                consumer_id: self.id,
            })
        });
        let Command::ConsumerStatsResponse(answer) = answer.await? else {
            return Err(senseless(WHAT));
        };
        match answer.error_code {
            None => Ok(Stats {
                backlog: answer.msg_backlog.unwrap_or_default(),
                // It is sent without a sign, and may be below 0 after a batch.
                permits: answer.available_permits.unwrap_or_default().cast_signed(),
            }),
            Some(error) => Err(WireError::Refused {
                what: WHAT,
                error: error_of(error),
                message: answer.error_message.unwrap_or_default(),
            }),
        }
    }
}

fn closing(consumer_id: u64, request_id: u64) -> Command {
    Command::CloseConsumer(CommandCloseConsumer {
        consumer_id,
        request_id,
    })
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let Consumer { connection, id } = &self.consumer;
        let shared = &connection.0;
        shared.routes.close_inbox(*id);
        shared.post_now(closing(*id, shared.next_id()));
    }
}
