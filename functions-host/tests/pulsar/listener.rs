//! Somebody who is told what became of requests.

use std::collections::BTreeMap;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value as Avro;
use futures_util::StreamExt as _;
use pulsar::consumer::{ConsumerOptions, InitialPosition, Message};
use pulsar::{Consumer, SubType, TokioExecutor};
use tokio::time::timeout;

use crate::contract::{self, COMPLETIONS};
use crate::ground::Ground;
use crate::soon::PATIENCE;

/// The property of a message that is no completion: all before it have been heard.
const MARKER: &str = "marker";

/// A message as it lies in its topic.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) payload: Vec<u8>,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) key: Option<String>,
    pub(crate) schema_version: Option<Vec<u8>>,
}

/// What became of a request.
#[derive(Clone, Debug)]
pub(crate) struct Completion {
    pub(crate) raw: Raw,
    pub(crate) tenant_id: String,
    pub(crate) asset_id: String,
    pub(crate) wasm_module_id: String,
    pub(crate) status: String,
    pub(crate) results: Option<BTreeMap<String, String>>,
    pub(crate) error_message: Option<String>,
    pub(crate) event_timestamp: i64,
}

pub(crate) struct Listener {
    consumer: Consumer<Vec<u8>, TokioExecutor>,
    topic: String,
    client: pulsar::Pulsar<TokioExecutor>,
}

impl Listener {
    /// Listens to the completions of a namespace, from the first one on.
    pub(crate) async fn to(ground: &Ground, namespace: &str) -> Self {
        Self::named("listener", ground, namespace, COMPLETIONS).await
    }

    pub(crate) async fn named(name: &str, ground: &Ground, namespace: &str, topic: &str) -> Self {
        let client = ground.client().await;
        let topic = ground.persistent(namespace, topic);
        let options = ConsumerOptions {
            initial_position: InitialPosition::Earliest,
            ..ConsumerOptions::default()
        };
        let consumer = client
            .consumer()
            .with_topic(&topic)
            .with_subscription(name)
            .with_subscription_type(SubType::Exclusive)
            .with_options(options);
        Self {
            consumer: consumer.build().await.unwrap(),
            topic,
            client,
        }
    }

    pub(crate) async fn close(mut self) {
        self.consumer.close().await.unwrap();
    }

    pub(crate) async fn next_raw(&mut self) -> Raw {
        let next = timeout(PATIENCE, self.consumer.next()).await;
        let message: Message<Vec<u8>> = next.expect("one comes in time").unwrap().unwrap();
        self.consumer.ack(&message).await.unwrap();
        let metadata = message.metadata().clone();
        let properties = metadata.properties.into_iter();
        Raw {
            payload: message.deserialize(),
            properties: properties.map(|pair| (pair.key, pair.value)).collect(),
            key: metadata.partition_key,
            schema_version: metadata.schema_version,
        }
    }

    pub(crate) async fn next(&mut self) -> Completion {
        Completion::read(self.next_raw().await)
    }

    pub(crate) async fn take(&mut self, many: usize) -> Vec<Completion> {
        let mut all = Vec::new();
        while all.len() < many {
            all.push(self.next().await);
        }
        all
    }

    /// All that were told up to now and not heard yet.
    pub(crate) async fn rest(&mut self) -> Vec<Completion> {
        let marker = uuid::Uuid::now_v7().to_string();
        let producer = self.client.producer().with_topic(&self.topic);
        let mut producer = producer.build().await.unwrap();
        let message = producer.create_message().with_content(Vec::new());
        let stored = message.with_property(MARKER, &marker).send_non_blocking();
        stored.await.unwrap().await.unwrap();
        producer.close().await.unwrap();
        let mut all = Vec::new();
        loop {
            let raw = self.next_raw().await;
            match raw.properties.get(MARKER) {
                Some(own) if *own == marker => return all,
                Some(_) => {}
                None => all.push(Completion::read(raw)),
            }
        }
    }
}

impl Completion {
    fn read(raw: Raw) -> Self {
        let schema = Schema::parse_str(contract::COMPLETION).unwrap();
        let reader = GenericDatumReader::builder(&schema).build().unwrap();
        let mut rest = &raw.payload[..];
        let Avro::Record(fields) = reader.read_value(&mut rest).unwrap() else {
            panic!("it is a record")
        };
        assert!(rest.is_empty());
        let fields: BTreeMap<_, _> = fields.into_iter().collect();
        let text = |name: &str| text(&fields[name]);
        let optional = |name: &str| match &fields[name] {
            Avro::Union(_, value) => (**value != Avro::Null).then(|| (**value).clone()),
            other => panic!("{name} is {other:?}"),
        };
        Self {
            tenant_id: text("tenant_id"),
            asset_id: text("asset_id"),
            wasm_module_id: text("wasm_module_id"),
            status: text("status"),
            results: optional("results").map(map),
            error_message: optional("error_message").map(|it| self::text(&it)),
            event_timestamp: match fields["event_timestamp"] {
                Avro::Long(it) => it,
                ref other => panic!("it is {other:?}"),
            },
            raw,
        }
    }

    pub(crate) fn execution_id(&self) -> &str {
        &self.raw.properties["execution_id"]
    }

    pub(crate) fn request_id(&self) -> &str {
        &self.raw.properties["request_id"]
    }

    /// What the modules make of their inputs.
    pub(crate) fn is_of(&self, module: &str, n: usize) -> bool {
        let echoed = || {
            self.results
                .as_ref()
                .is_some_and(|it| it["n"] == n.to_string())
        };
        self.asset_id == n.to_string()
            && self.wasm_module_id == module
            && match module {
                "trap" => self.status == "FAILURE" && self.error_message.is_some(),
                _ => self.status == "SUCCESS" && echoed(),
            }
    }
}

fn text(value: &Avro) -> String {
    match value {
        Avro::String(text) => text.clone(),
        other => panic!("it is {other:?}"),
    }
}

fn map(value: Avro) -> BTreeMap<String, String> {
    match value {
        Avro::Map(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect(),
        other => panic!("it is {other:?}"),
    }
}
