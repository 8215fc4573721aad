//! Namespaces and partitions that were not there when the host began.

use crate::contract::{COMPLETIONS, REQUESTS, SUBSCRIPTION};
use crate::ground::{Ground, consumes, ready};
use crate::listener::Listener;
use crate::request::Request;
use crate::sender::Sender;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_namespace_that_appears_is_served_once_somebody_asks_for_that() {
    let ground = Ground::lent(&[]).await;
    let host = ground.host(&["--pulsar-rescan-seconds", "86400"]);
    ready(&host).await;
    ground.make_namespace("new").await;
    let mut listener = Listener::to(&ground, "new").await;
    let mut sender = Sender::to(&ground, "new").await;
    sender.send(Request::new("new", "echo", 1)).await;
    assert_eq!(host.post("/api/v1/status/rescan", b"").status, 202);
    assert!(listener.next().await.is_of("echo", 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_namespace_that_appears_is_served_and_one_that_goes_is_not_missed() {
    let ground = Ground::lent(&[]).await;
    let host = ground.host(&["--pulsar-rescan-seconds", "1"]);
    ready(&host).await;
    ground.make_namespace("new").await;
    let mut listener = Listener::to(&ground, "new").await;
    let mut sender = Sender::to(&ground, "new").await;
    sender.send(Request::new("new", "echo", 1)).await;
    assert!(listener.next().await.is_of("echo", 1));
    ground.done(&["new"]).await;

    drop((listener, sender));
    let namespace = ground.topic("new", REQUESTS);
    let namespace = namespace.trim_end_matches(REQUESTS).trim_end_matches('/');
    ground
        .admin
        .delete_topic(&ground.topic("new", REQUESTS))
        .await
        .unwrap();
    ground.admin.delete_namespace(namespace).await.unwrap();
    consumes(&host, 0).await;
    ready(&host).await;

    ground.make_namespace("new").await;
    let mut listener = Listener::to(&ground, "new").await;
    let mut sender = Sender::to(&ground, "new").await;
    sender.send(Request::new("new", "echo", 2)).await;
    assert!(listener.next().await.is_of("echo", 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn all_partitions_are_served_those_too_that_are_added() {
    const MANY: usize = 30;
    let ground = Ground::lent(&["a"]).await;
    let topic = ground.topic("a", REQUESTS);
    ground
        .admin
        .create_partitioned_topic(&topic, 3)
        .await
        .unwrap();
    let mut listener = Listener::to(&ground, "a").await;
    let host = ground.host(&["--pulsar-rescan-seconds", "1"]);
    let mut sender = Sender::to(&ground, "a").await;
    for n in 0..MANY {
        sender.send(Request::new("a", "echo", n)).await;
    }
    let mut told = listener.take(MANY).await;
    consumes(&host, 3).await;

    ground.admin.grow_partitions(&topic, 5).await.unwrap();
    let mut sender = Sender::to(&ground, "a").await;
    for n in MANY..2 * MANY {
        sender.send(Request::new("a", "echo", n)).await;
    }
    told.extend(listener.take(MANY).await);
    consumes(&host, 5).await;
    ground.done(&["a"]).await;
    assert!(listener.rest().await.is_empty());
    told.sort_by_key(|completion| completion.asset_id.parse::<usize>().unwrap());
    for (n, completion) in told.iter().enumerate() {
        assert!(completion.is_of("echo", n), "{completion:?}");
    }
    let mut ids: Vec<_> = told
        .iter()
        .map(|completion| completion.execution_id())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(
        ids.len(),
        2 * MANY,
        "the same place in two partitions is not the same"
    );
    for partition in 0..5 {
        let topic = format!("{topic}-partition-{partition}");
        let stats = ground.admin.stats(&topic).await.unwrap();
        assert_ne!(stats["msgInCounter"], 0, "{partition}");
        let backlog = ground.admin.backlog(&topic, SUBSCRIPTION).await.unwrap();
        assert_eq!((backlog.entries, backlog.consumers), (0, 1));
    }
    let topics = ground
        .admin
        .topics(ground.topic("a", "").trim_end_matches('/'))
        .await
        .unwrap();
    assert!(
        topics.contains(&ground.persistent("a", COMPLETIONS)),
        "{topics:?}"
    );
}
