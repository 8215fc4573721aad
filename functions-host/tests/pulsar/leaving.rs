//! A host that is asked to end while it works.

use crate::contract::REQUESTS;
use crate::ground::{Ground, consumes};
use crate::load::{at_once, ended, followers, go_on};

/// More than is done by the time that it has ended.
const MANY: usize = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_host_that_is_asked_to_end_leaves_the_rest_to_others_and_nothing_is_told_twice() {
    let namespaces = ["a", "b"];
    let ground = Ground::lent(&namespaces).await;
    let mut followers = followers(&ground, &namespaces).await;
    let few = ["--pulsar-rescan-seconds", "1", "--max-in-flight", "4"];
    let (mut leaves, stays) = (ground.host(&few), ground.host(&few));
    // The topics are there before there is anything in them.
    at_once(&ground, &namespaces, 0).await;
    for host in [&leaves, &stays] {
        consumes(host, namespaces.len()).await;
    }
    let sent = at_once(&ground, &namespaces, MANY).await;
    go_on(&mut followers, 20).await;
    leaves.terminate();
    assert!(leaves.wait().success());
    let left = ground.backlog("a", REQUESTS).await.unwrap();
    assert_ne!(left, 0, "it leaves while there is much to do");
    assert_eq!(ended(&ground, &sent).await, 0, "nothing is told twice");
    drop(stays);
}
