//! Namespaces that the operator names, where no administrator can be asked.

use crate::ground::{Ground, consumes, ready, status};
use crate::listener::Listener;
use crate::request::Request;
use crate::sender::Sender;
use crate::soon::soon;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn the_namespaces_that_are_named_are_served_and_no_others() {
    let ground = Ground::lent(&["a", "b", "other"]).await;
    let mut listeners = Vec::new();
    let host = ground.host_of("a,b", &["--pulsar-rescan-seconds", "1"]);
    for namespace in ["other", "a", "b"] {
        let listener = Listener::to(&ground, namespace).await;
        let mut sender = Sender::to(&ground, namespace).await;
        sender.send(Request::new(namespace, "echo", 1)).await;
        listeners.push(listener);
    }
    ready(&host).await;
    consumes(&host, 2).await;
    let [other, served @ ..] = &mut listeners[..] else {
        panic!("there are three")
    };
    for listener in served {
        assert!(listener.next().await.is_of("echo", 1));
    }
    ground.done(&["a", "b"]).await;
    assert!(other.rest().await.is_empty());
    let told = status(&host)["bus"].to_string();
    assert!(!told.contains("/other/"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_namespace_that_is_named_and_comes_later_keeps_nobody_waiting() {
    let ground = Ground::lent(&["a"]).await;
    let mut first = Listener::to(&ground, "a").await;
    let host = ground.host_of("a,late", &["--pulsar-rescan-seconds", "1"]);
    let mut sender = Sender::to(&ground, "a").await;
    sender.send(Request::new("a", "echo", 1)).await;
    assert!(first.next().await.is_of("echo", 1));
    ground.make_namespace("late").await;
    let mut late = Listener::to(&ground, "late").await;
    let mut sender = Sender::to(&ground, "late").await;
    sender.send(Request::new("late", "echo", 2)).await;
    assert!(late.next().await.is_of("echo", 2));
    soon("nothing is wrong any more", async || {
        let told = status(&host);
        (told["bus"]["ready"] == true && told["bus"]["error"].is_null()).then_some(())
    })
    .await;
}
