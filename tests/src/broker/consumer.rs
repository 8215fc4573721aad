//! Somebody who hears what is published.

use anyhow::Context;
use futures_util::StreamExt;
use lapin::options::{
    BasicConsumeOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ExchangeKind};
use serde_json::Value;
use tokio::time::timeout;

use super::{Access, PATIENCE};

/// A queue, and the connection that reads it.
pub struct Consumer {
    connection: Connection,
    channel: Channel,
    queue: String,
    messages: lapin::Consumer,
}

/// A message, as it arrived.
#[derive(Debug)]
pub struct Delivered {
    /// The exchange that it was published to.
    pub exchange: String,
    /// The key that it was published with.
    pub routing_key: String,
    /// Its properties, headers among them.
    pub properties: BasicProperties,
    /// Its body.
    pub body: Vec<u8>,
}

impl Delivered {
    /// Its body, as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

impl Consumer {
    /// Hears what is published to a topic exchange with a key that fits the pattern. The
    /// exchange is declared where it is missing; the queue has no name that matters, and
    /// is gone with its connection.
    ///
    /// # Panics
    /// The broker refuses, or does not answer.
    pub async fn bound(access: &Access, exchange: &str, pattern: &str) -> Self {
        let options = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..Default::default()
        };
        Self::new(access, "", Some(options), Some((exchange, pattern))).await
    }

    /// The same with a durable queue of a name, which stays when nobody reads it and
    /// when the broker restarts.
    ///
    /// # Panics
    /// The broker refuses, or does not answer.
    pub async fn durable(access: &Access, queue: &str, exchange: &str, pattern: &str) -> Self {
        let options = QueueDeclareOptions {
            durable: true,
            ..Default::default()
        };
        Self::new(access, queue, Some(options), Some((exchange, pattern))).await
    }

    /// Reads a queue that is there.
    ///
    /// # Panics
    /// There is none of that name, or the broker does not answer.
    pub async fn of(access: &Access, queue: &str) -> Self {
        Self::new(access, queue, None, None).await
    }

    async fn new(
        access: &Access,
        queue: &str,
        declared: Option<QueueDeclareOptions>,
        bound: Option<(&str, &str)>,
    ) -> Self {
        let connecting = async {
            let connection = access.connect().await?;
            let channel = connection.create_channel().await?;
            let table = FieldTable::default;
            let mut queue = queue.to_owned();
            if let Some(options) = declared {
                let declared = channel
                    .queue_declare(queue.into(), options, table())
                    .await?;
                queue = declared.name().to_string();
            }
            if let Some((exchange, pattern)) = bound {
                let (kind, options) = (
                    ExchangeKind::Topic,
                    ExchangeDeclareOptions {
                        durable: true,
                        ..Default::default()
                    },
                );
                channel
                    .exchange_declare(exchange.into(), kind, options, table())
                    .await?;
                let options = QueueBindOptions::default();
                channel
                    .queue_bind(
                        queue.as_str().into(),
                        exchange.into(),
                        pattern.into(),
                        options,
                        table(),
                    )
                    .await?;
            }
            let options = BasicConsumeOptions {
                no_ack: true,
                ..Default::default()
            };
            let messages = channel
                .basic_consume(queue.as_str().into(), "".into(), options, table())
                .await?;
            anyhow::Ok(Self {
                connection,
                channel,
                queue,
                messages,
            })
        };
        let connected = timeout(PATIENCE, connecting)
            .await
            .expect("the broker answers");
        connected.expect("the broker lets the test read")
    }

    /// The channel that it reads on, for whatever else a test has to tell the broker.
    #[must_use]
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The name of its queue.
    #[must_use]
    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// Waits for the next message. Whoever stops waiting loses none.
    ///
    /// # Panics
    /// None comes for a minute, or the connection is lost.
    pub async fn next(&mut self) -> Delivered {
        let message = self.try_next().await;
        message.unwrap_or_else(|error| panic!("no message in {}: {error:#}", self.queue))
    }

    /// The same where a lost connection is no surprise.
    ///
    /// # Errors
    /// None comes for a minute, or the connection is lost.
    pub async fn try_next(&mut self) -> anyhow::Result<Delivered> {
        let message = timeout(PATIENCE, self.messages.next()).await?;
        let message = message.context("nobody reads the queue any more")??;
        Ok(Delivered {
            exchange: message.exchange.to_string(),
            routing_key: message.routing_key.to_string(),
            properties: message.properties,
            body: message.data,
        })
    }

    /// Waits for the first message that is wanted, past all others.
    ///
    /// # Panics
    /// As in [`next`](Self::next).
    pub async fn find(&mut self, wanted: impl Fn(&Delivered) -> bool) -> Delivered {
        loop {
            let message = self.next().await;
            if wanted(&message) {
                return message;
            }
        }
    }

    /// Closes its connection in order.
    pub async fn close(self) {
        // It may be lost already.
        let _ = timeout(
            PATIENCE,
            self.connection.close(200, "the test is over".into()),
        )
        .await;
    }
}
