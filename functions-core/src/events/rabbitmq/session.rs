//! A connection that events are published on.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation, Connection, Event};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::super::{Message, Notice, PublishError, Receipt, Session};
use super::broker::{Broker, short};
use super::deadline::Deadline;
use super::exchange;
use super::plug::Plug;
use super::properties::properties;

/// How long the broker has to answer each part of a goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

/// What AMQP calls success.
const REPLY_SUCCESS: u16 = 200;

/// A connection to RabbitMQ, opened by [`RabbitMq`](super::RabbitMq).
///
/// Where the broker holds up what is published, for want of memory or of disk,
/// [`publish`](Session::publish) waits for as long as that takes.
pub struct RabbitMqSession {
    // The first to be dropped, so that the rest finds the socket shut.
    plug: Plug,
    channel: Channel,
    connection: Connection,
    events: Mutex<BoxStream<'static, Event>>,
    broker: Broker,
    exchange: ShortString,
    unconfirmed: AtomicBool,
}

impl RabbitMqSession {
    pub(super) async fn begin(
        connection: Connection,
        plug: Plug,
        broker: &Broker,
        exchange: ShortString,
        deadline: &Deadline<'_>,
    ) -> Result<Self, PublishError> {
        let mut events = connection.events_listener().boxed();
        let channel =
            exchange::channel(&connection, &mut events, &exchange, broker, deadline).await?;
        let confirming = channel.confirm_select(ConfirmSelectOptions::default());
        deadline
            .hold("the switch to confirmed messages", confirming)
            .await?
            .map_err(|error| broker.lost(&error))?;
        Ok(Self {
            plug,
            channel,
            connection,
            events: Mutex::new(events),
            broker: broker.clone(),
            exchange,
            unconfirmed: AtomicBool::new(false),
        })
    }

    async fn confirmed(
        &self,
        routing_key: ShortString,
        properties: BasicProperties,
        body: &[u8],
    ) -> lapin::Result<Confirmation> {
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let exchange = self.exchange.clone();
        let published = self
            .channel
            .basic_publish(exchange, routing_key, options, body, properties)
            .await?;
        published.await
    }
}

impl Session for RabbitMqSession {
    async fn publish(&self, message: &Message) -> Result<Receipt, PublishError> {
        let key = short("routing key", message.routing_key())?;
        let properties = properties(message)?;
        // The library keeps what is given up for as long as there is the connection: one
        // such message is enough.
        if self.unconfirmed.swap(true, Ordering::Relaxed) {
            return Err(self.broker.behind());
        }
        let confirmation = self
            .confirmed(key, properties, message.body())
            .await
            .map_err(|error| self.broker.not_taken(&error))?;
        self.unconfirmed.store(false, Ordering::Relaxed);
        match confirmation {
            Confirmation::Ack(None) => Ok(Receipt::Delivered),
            Confirmation::Ack(Some(returned)) => Ok(Receipt::Unroutable(format!(
                "{} ({})",
                returned.reply_text, returned.reply_code
            ))),
            Confirmation::Nack(_) | Confirmation::NotRequested => Err(self.broker.not_kept()),
        }
    }

    async fn notice(&self) -> Notice {
        let mut events = self.events.lock().await;
        loop {
            match events.next().await {
                Some(Event::ConnectionBlocked(reason)) => return Notice::Blocked(reason),
                Some(Event::ConnectionUnblocked) => return Notice::Unblocked,
                Some(Event::Error(error)) => return Notice::Lost(self.broker.not_taken(&error)),
                Some(_) => {}
                None => return Notice::Lost(self.broker.gone()),
            }
        }
    }

    async fn close(self) {
        // A connection that is held up does not even carry a goodbye.
        if !self.connection.status().blocked() {
            within(GOODBYE, self.channel.close(REPLY_SUCCESS, "OK".into())).await;
            within(GOODBYE, self.connection.close(REPLY_SUCCESS, "OK".into())).await;
        }
        drop(self.plug);
    }
}

/// Whatever comes of it.
async fn within<T>(limit: Duration, work: impl Future<Output = T>) {
    let _ = timeout(limit, work).await;
}

impl fmt::Debug for RabbitMqSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RabbitMqSession")
            .field(&self.broker.to_string())
            .finish()
    }
}
