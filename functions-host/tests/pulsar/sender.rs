//! Somebody who sends requests.

use pulsar::producer::Message;
use pulsar::proto::{MessageIdData, Schema, schema};
use pulsar::{Producer, ProducerOptions, TokioExecutor};

use crate::contract::{self, REQUESTS};
use crate::ground::Ground;
use crate::request::Request;

pub(crate) struct Sender(Producer<TokioExecutor>);

impl Sender {
    pub(crate) async fn to(ground: &Ground, namespace: &str) -> Self {
        Self::try_to(ground, namespace).await.unwrap()
    }

    /// One who writes in this way, or does not say in which.
    pub(crate) async fn writing(
        kind: Option<schema::Type>,
        ground: &Ground,
        namespace: &str,
    ) -> Self {
        Self::open(kind, ground, namespace).await.unwrap()
    }

    /// Where the broker may be gone.
    pub(crate) async fn try_to(ground: &Ground, namespace: &str) -> Result<Self, pulsar::Error> {
        Self::open(Some(schema::Type::Avro), ground, namespace).await
    }

    async fn open(
        kind: Option<schema::Type>,
        ground: &Ground,
        namespace: &str,
    ) -> Result<Self, pulsar::Error> {
        let schema = kind.map(|kind| Schema {
            name: "ExecuteWasmFunction".to_owned(),
            schema_data: contract::REQUEST.as_bytes().to_vec(),
            r#type: kind.into(),
            properties: Vec::new(),
        });
        let options = ProducerOptions {
            schema,
            block_queue_if_full: true,
            ..ProducerOptions::default()
        };
        let client = pulsar::Pulsar::builder(ground.url(), TokioExecutor);
        let producer = client.build().await?.producer();
        let producer = producer
            .with_topic(ground.persistent(namespace, REQUESTS))
            .with_options(options);
        Ok(Self(producer.build().await?))
    }

    /// Sends a request, and returns the id of its message once it is stored.
    pub(crate) async fn send(&mut self, request: Request) -> MessageIdData {
        self.try_send(request).await.unwrap()
    }

    pub(crate) async fn try_send(
        &mut self,
        request: Request,
    ) -> Result<MessageIdData, pulsar::Error> {
        let stored = self.0.send_non_blocking(message(request)).await?.await?;
        Ok(stored.message_id.unwrap())
    }

    /// Sends many at once.
    pub(crate) async fn send_all(&mut self, requests: impl IntoIterator<Item = Request>) {
        let mut stored = Vec::new();
        for request in requests {
            stored.push(self.0.send_non_blocking(message(request)).await.unwrap());
        }
        for stored in stored {
            stored.await.unwrap();
        }
    }

    /// Sends what is no request.
    pub(crate) async fn send_bytes(&mut self, payload: &[u8], property: (&str, &str), key: &str) {
        let message = Message {
            payload: payload.to_vec(),
            properties: [(property.0.to_owned(), property.1.to_owned())].into(),
            partition_key: Some(key.to_owned()),
            ..Message::default()
        };
        let stored = self.0.send_non_blocking(message).await.unwrap();
        stored.await.unwrap();
    }
}

fn message(request: Request) -> Message {
    let properties = request.properties.iter();
    Message {
        payload: request.avro(),
        properties: properties
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
        partition_key: request.key,
        ..Message::default()
    }
}
