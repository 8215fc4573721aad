//! The least that can be done with a request: it is received, something of the size of a
//! completion is stored by the broker, and then it is acknowledged. Nothing is decoded,
//! and nothing is run or remembered.
//!
//! It does so with the client of the crate `pulsar`, as fast as that goes: many at once, and
//! what it publishes in batches. It is a process of its own, as a host is.

use std::process::Command;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use pulsar::consumer::{ConsumerOptions, InitialPosition};
use pulsar::{ProducerOptions, SubType, TokioExecutor};
use tokio::task::JoinSet;

use crate::contract::{COMPLETIONS, REQUESTS, SUBSCRIPTION};
use crate::ground::{Client, Ground};
use crate::process::Process;

/// What this program is called with to be the loop.
pub(crate) const NAME: &str = "bare-loop";

/// How many are in hand at once, of one topic.
const AT_ONCE: usize = 1_000;

/// How many bytes a completion of the host has here.
const COMPLETION: usize = 43;

pub(crate) fn start(ground: &Ground, namespaces: &[String]) -> Process {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([NAME, ground.url()]);
    command.args(
        namespaces
            .iter()
            .map(|namespace| ground.persistent(namespace, "")),
    );
    Process::start(&mut command)
}

/// Goes on until it is killed.
pub(crate) async fn run(mut arguments: impl Iterator<Item = String>) {
    let url = arguments.next().unwrap();
    let client = Client::builder(url, TokioExecutor)
        .with_outbound_channel_size(4 * AT_ONCE)
        .build()
        .await
        .unwrap();
    let mut topics: JoinSet<()> = arguments
        .map(|namespace| serve(client.clone(), namespace))
        .collect();
    while let Some(ended) = topics.join_next().await {
        ended.unwrap();
    }
}

async fn serve(client: Client, namespace: String) {
    let topic = format!("{namespace}{REQUESTS}");
    let options = ConsumerOptions {
        initial_position: InitialPosition::Earliest,
        receiver_queue_size: Some(2 * AT_ONCE as u32),
        ..ConsumerOptions::default()
    };
    let consumer = client
        .consumer()
        .with_topic(&topic)
        .with_subscription(SUBSCRIPTION)
        .with_subscription_type(SubType::Shared)
        .with_batch_size(2 * AT_ONCE as u32)
        .with_options(options);
    let mut consumer: pulsar::Consumer<Vec<u8>, _> = consumer.build().await.unwrap();
    let options = ProducerOptions {
        batch_size: Some(AT_ONCE as u32),
        batch_timeout: Some(Duration::from_millis(1)),
        block_queue_if_full: true,
        ..ProducerOptions::default()
    };
    let producer = client
        .producer()
        .with_topic(format!("{namespace}{COMPLETIONS}"))
        .with_options(options);
    let mut producer = producer.build().await.unwrap();
    let mut stored = FuturesUnordered::new();
    loop {
        tokio::select! {
            biased;
            Some(message) = stored.next() => consumer.ack(&message).await.unwrap(),
            Some(message) = consumer.next(), if stored.len() < AT_ONCE => {
                let message = message.unwrap();
                let receipt = producer.send_non_blocking(vec![b'x'; COMPLETION]).await.unwrap();
                stored.push(async move {
                    receipt.await.unwrap();
                    message
                });
            }
        }
    }
}
