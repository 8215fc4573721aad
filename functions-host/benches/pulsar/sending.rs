//! Requests, as one sends them who does not put them into batches: each is a message that
//! is acknowledged by itself.

use apache_avro as _;
use pulsar::producer::{Message, SendFuture};
use pulsar::proto::{Schema, schema};
use pulsar::{Producer, ProducerOptions, TokioExecutor};

use crate::contract::{self, REQUESTS};
use crate::ground::{Client, Ground};
use crate::request::Request;

/// How many are on their way to the broker at once.
const AT_ONCE: usize = 1_000;

pub(crate) struct Sending {
    producer: Producer<TokioExecutor>,
    namespace: String,
}

impl Sending {
    pub(crate) async fn to(ground: &Ground, namespace: &str) -> Self {
        let client = Client::builder(ground.url(), TokioExecutor)
            .with_outbound_channel_size(2 * AT_ONCE)
            .build()
            .await
            .unwrap();
        let schema = Schema {
            name: "ExecuteWasmFunction".to_owned(),
            schema_data: contract::REQUEST.as_bytes().to_vec(),
            r#type: schema::Type::Avro.into(),
            properties: Vec::new(),
        };
        let options = ProducerOptions {
            schema: Some(schema),
            block_queue_if_full: true,
            ..ProducerOptions::default()
        };
        let producer = client
            .producer()
            .with_topic(ground.persistent(namespace, REQUESTS))
            .with_options(options);
        Self {
            producer: producer.build().await.unwrap(),
            namespace: namespace.to_owned(),
        }
    }

    /// Sends a request of this number, and does not wait until it is stored.
    pub(crate) async fn send(&mut self, n: usize) -> SendFuture {
        let request = Request::new(&self.namespace, "echo", n);
        let message = Message {
            payload: request.avro(),
            ..Message::default()
        };
        self.producer.send_non_blocking(message).await.unwrap()
    }

    /// Sends so many, and returns once all are stored.
    pub(crate) async fn send_all(mut self, many: usize) {
        let mut numbers = 0..many;
        loop {
            let mut stored = Vec::new();
            for n in numbers.by_ref().take(AT_ONCE) {
                stored.push(self.send(n).await);
            }
            if stored.is_empty() {
                return;
            }
            for stored in stored {
                stored.await.unwrap();
            }
        }
    }
}

/// Sends so many to these namespaces altogether.
pub(crate) async fn fill(ground: &Ground, namespaces: &[String], many: usize) {
    for namespace in namespaces {
        let sending = Sending::to(ground, namespace).await;
        sending.send_all(many / namespaces.len()).await;
    }
}
