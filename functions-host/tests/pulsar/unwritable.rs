//! A topic of completions that nobody may write to.

use pulsar::ProducerOptions;

use crate::contract::{COMPLETIONS, REQUESTS};
use crate::ground::{Ground, status};
use crate::listener::Listener;
use crate::request::Request;
use crate::sender::Sender;
use crate::server::Server;
use crate::soon::soon;

const MANY: usize = 5;

/// Sends requests, and waits until they were run and cannot be told.
async fn stuck(ground: &Ground, host: &Server) {
    let mut sender = Sender::to(ground, "a").await;
    sender
        .send_all((0..MANY).map(|n| Request::new("a", "echo", n)))
        .await;
    soon("they were run, and wait to be told", async || {
        let ended = host.get("/api/v1/executions?status=succeeded");
        let in_flight = status(host)["backlog"]["in_flight"] == MANY;
        (ended.header("x-total-count") == Some(&MANY.to_string()) && in_flight).then_some(())
    })
    .await;
}

async fn told(ground: &Ground, listener: &mut Listener) {
    let mut told = listener.take(MANY).await;
    told.sort_by_key(|completion| completion.asset_id.clone());
    for (n, completion) in told.iter().enumerate() {
        assert!(completion.is_of("echo", n), "{completion:?}");
    }
    ground.done(&["a"]).await;
    assert!(listener.rest().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn what_cannot_be_told_while_somebody_else_has_the_topic_is_told_afterwards() {
    let ground = Ground::lent(&["a"]).await;
    let mut listener = Listener::to(&ground, "a").await;
    let exclusive = ProducerOptions {
        access_mode: Some(1),
        ..ProducerOptions::default()
    };
    let client = ground.client().await;
    let producer = client.producer().with_options(exclusive);
    let topic = ground.persistent("a", COMPLETIONS);
    let mut producer = producer.with_topic(topic).build().await.unwrap();
    let host = ground.host(&[]);
    stuck(&ground, &host).await;
    assert_eq!(ground.backlog("a", REQUESTS).await, Some(MANY as u64));
    producer.close().await.unwrap();
    told(&ground, &mut listener).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn what_cannot_be_told_in_a_topic_that_was_ended_is_told_in_the_one_after_it() {
    let ground = Ground::lent(&["a"]).await;
    let topic = ground.topic("a", COMPLETIONS);
    ground.admin.create_topic(&topic).await.unwrap();
    ground.admin.terminate_topic(&topic).await.unwrap();
    let host = ground.host(&[]);
    stuck(&ground, &host).await;
    assert_eq!(ground.backlog("a", REQUESTS).await, Some(MANY as u64));
    ground.admin.delete_topic(&topic).await.unwrap();
    let mut listener = Listener::to(&ground, "a").await;
    told(&ground, &mut listener).await;
}
