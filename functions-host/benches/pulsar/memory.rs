//! What a host takes for topics in which nothing happens.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::broker::Broker;
use crate::contender::host;
use crate::contract::REQUESTS;
use crate::ground::{Ground, consumes};
use crate::server::Server;

/// How many namespaces there are, with a topic of requests each.
const TOPICS: usize = 1_000;

/// How many are made at once.
const AT_ONCE: usize = 8;

/// For threads to come to rest.
const REST: Duration = Duration::from_secs(2);

pub(crate) async fn measure(broker: &Broker) -> Value {
    let ground = broker.ground().await;
    make(&ground, 0).await;
    let host = host(&ground, &[]);
    let with_one = at_rest(&host, 1).await;
    stream::iter(1..=TOPICS)
        .for_each_concurrent(AT_ONCE, |n| make(&ground, n))
        .await;
    assert_eq!(host.post("/api/v1/status/rescan", b"").status, 202);
    let with_all = at_rest(&host, TOPICS + 1).await;
    json!({"topics": TOPICS, "with_one": with_one, "with_all": with_all})
}

async fn make(ground: &Ground, n: usize) {
    let namespace = format!("n{n}");
    ground.make_namespace(&namespace).await;
    let topic = ground.topic(&namespace, REQUESTS);
    ground.admin.create_topic(&topic).await.unwrap();
}

/// The bytes of a host that consumes so many topics.
async fn at_rest(host: &Server, topics: usize) -> Option<u64> {
    consumes(host, topics).await;
    sleep(REST).await;
    host.resident()
}
