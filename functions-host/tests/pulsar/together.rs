//! Completions that go together.

use crate::contract::COMPLETIONS;
use crate::ground::Ground;
use crate::load::{at_once, ended};

/// Many more than are on their way to the broker at once.
const MANY: usize = 600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn completions_that_are_ready_at_the_same_time_go_in_batches_and_each_is_read() {
    let namespaces = ["a"];
    let ground = Ground::lent(&namespaces).await;
    let topic = ground.topic("a", COMPLETIONS);
    ground.admin.create_topic(&topic).await.unwrap();
    let counts = ground.admin.create_subscription(&topic, "counts");
    counts.await.unwrap();
    let _host = ground.host(&["--pulsar-rescan-seconds", "1"]);
    let sent = at_once(&ground, &namespaces, MANY).await;
    assert_eq!(ended(&ground, &sent).await, 0, "nothing is told twice");
    let kept = ground.admin.backlog(&topic, "counts").await.unwrap();
    println!("{MANY} completions in {} entries", kept.entries);
    assert!(kept.entries < MANY as u64 / 2, "{kept:?}");
}
