//! Somebody who reads completions and counts them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::StreamExt as _;
use pulsar::consumer::{ConsumerOptions, InitialPosition};
use pulsar::{Consumer, SubType, TokioExecutor};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::contract::COMPLETIONS;
use crate::ground::Ground;
use crate::soon::PATIENCE;

/// How many are asked for in advance.
const AHEAD: u32 = 2_000;

pub(crate) struct Counting {
    marks: mpsc::UnboundedReceiver<Instant>,
    _readers: JoinSet<()>,
}

impl Counting {
    /// Reads all completions of these namespaces, each of which has to hold `text`, and
    /// notes when the one of number `from` was read, and when the one of number `until`.
    pub(crate) async fn of(
        ground: &Ground,
        namespaces: &[String],
        text: &'static [u8],
        [from, until]: [usize; 2],
    ) -> Self {
        let (mark, marks) = mpsc::unbounded_channel();
        let read = Arc::new(AtomicUsize::new(0));
        let mut readers = JoinSet::new();
        for namespace in namespaces {
            let mut consumer = reader(ground, namespace).await;
            let (mark, read) = (mark.clone(), Arc::clone(&read));
            readers.spawn(async move {
                while let Some(message) = consumer.next().await {
                    let payload = &message.unwrap().payload.data;
                    let holds = payload.windows(text.len()).any(|window| window == text);
                    assert!(holds, "{:?}", String::from_utf8_lossy(payload));
                    let number = read.fetch_add(1, Ordering::Relaxed) + 1;
                    if number == from || number == until {
                        let _ = mark.send(Instant::now());
                    }
                }
            });
        }
        Self {
            marks,
            _readers: readers,
        }
    }

    /// When the next of the two was read.
    pub(crate) async fn mark(&mut self) -> Instant {
        let mark = timeout(PATIENCE, self.marks.recv()).await;
        mark.expect("the completions come in time").unwrap()
    }
}

/// One who reads a namespace's completions from the first one on. Nothing is acknowledged:
/// an exclusive consumer is sent more for what it has read.
pub(crate) async fn reader(ground: &Ground, namespace: &str) -> Consumer<Vec<u8>, TokioExecutor> {
    let options = ConsumerOptions {
        initial_position: InitialPosition::Earliest,
        receiver_queue_size: Some(AHEAD),
        ..ConsumerOptions::default()
    };
    let client = ground.client().await;
    let consumer = client
        .consumer()
        .with_topic(ground.persistent(namespace, COMPLETIONS))
        .with_subscription("counting")
        .with_subscription_type(SubType::Exclusive)
        .with_batch_size(AHEAD)
        .with_options(options);
    consumer.build().await.unwrap()
}
