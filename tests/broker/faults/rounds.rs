//! A broker that is killed over and over, under a server that is called all the time.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use functions_tests::broker::{Consumer, Delivered};
use functions_tests::{Broker, Client, Server, call};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::is_started;
use crate::server;

const ROUNDS: usize = 20;
const CALLERS: usize = 4;

/// Calls that go on until they are stopped.
struct Load {
    stop: Arc<AtomicBool>,
    calls: Arc<AtomicU64>,
    /// The slowest answer of `/ready` in microseconds.
    slowest: Arc<AtomicU64>,
    tasks: Vec<JoinHandle<()>>,
}

impl Load {
    fn begin(server: &Server) -> Self {
        let (stop, calls, slowest) = <(Arc<AtomicBool>, Arc<AtomicU64>, Arc<AtomicU64>)>::default();
        let mut tasks = Vec::new();
        for _ in 0..CALLERS {
            let (stop, calls, url) = (stop.clone(), calls.clone(), server.url("/exec"));
            tasks.push(tokio::spawn(async move {
                let client = Client::http1();
                let body = call("length", &json!({"text": "four"}));
                while !stop.load(Ordering::Relaxed) {
                    let answer = client.post(&url, body.clone()).await;
                    assert_eq!(answer.json()["result"], 4);
                    calls.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }));
        }
        let (stopped, slow, url) = (stop.clone(), slowest.clone(), server.url("/ready"));
        tasks.push(tokio::spawn(async move {
            let client = Client::http1();
            while !stopped.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let ready = client.get(&url).await.json();
                let took = u64::try_from(begun.elapsed().as_micros()).unwrap();
                slow.fetch_max(took, Ordering::Relaxed);
                assert_eq!(ready["status"], "ready");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }));
        Self {
            stop,
            calls,
            slowest,
            tasks,
        }
    }

    /// How many calls there were, none of which failed, and the slowest `/ready`.
    async fn end(self) -> (u64, Duration) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        let slowest = Duration::from_micros(self.slowest.load(Ordering::Relaxed));
        (self.calls.load(Ordering::Relaxed), slowest)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn twenty_kills_of_the_broker_cost_no_call_and_each_is_followed_by_a_start() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("rounds"));
    let queue = broker.name("rounds.queue");
    let mut consumer = Consumer::durable(&access, &queue, &exchange, "#").await;
    let server = server::start(&access, &exchange, &[]).await;
    let first = consumer.find(is_started).await;
    let first = first.properties.message_id().as_ref();
    let seen = RefCell::new(HashSet::from([first.map(ToString::to_string)]));
    let load = Load::begin(&server);
    let mut resident = Vec::new();
    for round in 1..=ROUNDS {
        broker.node().kill().await;
        broker.node().start().await;
        let up = Instant::now();
        let mut consumer = Consumer::of(&access, &queue).await;
        // A broker that is killed may forget what it has delivered, and deliver it again.
        let is_new = |message: &Delivered| {
            let id = message.properties.message_id().as_ref();
            seen.borrow_mut().insert(id.map(ToString::to_string)) && is_started(message)
        };
        consumer.find(is_new).await;
        println!("round {round}: started {:?} after the broker", up.elapsed());
        let ends = Cell::new(0);
        let is_told = |line: &Value| {
            let message = line["message"].as_str().unwrap_or_default();
            ends.set(ends.get() + usize::from(message.starts_with(super::AGAIN)));
            ends.get() == round
        };
        server.line("that this round is over", is_told).await;
        resident.push(server.resident_bytes());
    }
    let (calls, slowest) = load.end().await;
    println!("{calls} calls, slowest /ready {slowest:?}, resident {resident:?}");
    // The first rounds warm allocators up; after that there is nothing to keep.
    let (early, late) = (resident[4], resident[ROUNDS - 1]);
    assert!(late < early + early / 4, "{resident:?}");
    let told = server::told(&server);
    let begun = told
        .iter()
        .filter(|line| *line == super::UNAVAILABLE)
        .count();
    let ended = told.iter().filter(|line| *line == super::AGAIN).count();
    assert_eq!((begun, ended), (ROUNDS, ROUNDS), "{told:?}");
}
