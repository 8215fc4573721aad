//! A store of assets that is away for a while.

use functions_tests::Proxy;
use serde_json::Value;

use crate::contract::{REQUESTS, RETRIES};
use crate::ground::Ground;
use crate::listener::Listener;
use crate::request::Request;
use crate::sender::Sender;
use crate::server::Server;
use crate::soon::soon;
use crate::store;

/// A store with one asset, and the network before it.
async fn away() -> (store::Server, Proxy) {
    let store = store::Server::saying(store::ok(r#"{"n":"1"}"#)).await;
    let proxy = Proxy::to("127.0.0.1", store.address.port()).await;
    proxy.refuse().await;
    (store, proxy)
}

async fn letters(host: &Server, many: usize) -> Value {
    soon("so many are given up", async || {
        let letters = host.get("/api/v1/dead-letters");
        (letters.header("x-total-count") == Some(&many.to_string())).then(|| letters.json())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_request_whose_asset_cannot_be_had_waits_until_it_can_through_a_restart_too() {
    let ground = Ground::lent(&["a"]).await;
    let (_store, proxy) = away().await;
    let allow = proxy.address().to_string();
    let arguments = ground.arguments(&["--egress-allow", &allow]);
    let mut listener = Listener::to(&ground, "a").await;
    let mut sender = Sender::to(&ground, "a").await;
    let host = ground.host(&["--egress-allow", &allow]);
    let uri = format!("http://{allow}/cat");
    sender.send(Request::new("a", "echo", 1).of(uri)).await;
    let waits = async || {
        soon("it waits for another attempt", async || {
            let waits = ground.backlog("a", RETRIES).await? == 1;
            (waits && ground.backlog("a", REQUESTS).await? == 0).then_some(())
        })
        .await;
    };
    waits().await;
    let host = host.killed_and_restarted_with(&arguments, |_| {});
    // Nobody has said anything of it by now.
    assert!(listener.rest().await.is_empty());
    waits().await;
    proxy.pass().await;
    let completion = listener.next().await;
    assert!(completion.is_of("echo", 1), "{completion:?}");
    ground.done(&["a"]).await;
    assert!(listener.rest().await.is_empty());
    let path = format!("/api/v1/executions/{}", completion.execution_id());
    let execution = host.get(&path).json();
    assert!(execution["attempts"].as_u64().unwrap() >= 2, "{execution}");
    letters(&host, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_request_that_is_given_up_fails_and_succeeds_once_it_is_replayed() {
    let ground = Ground::lent(&["a"]).await;
    let (_store, proxy) = away().await;
    let allow = proxy.address().to_string();
    let mut listener = Listener::to(&ground, "a").await;
    let mut sender = Sender::to(&ground, "a").await;
    let host = ground.host(&["--egress-allow", &allow, "--max-attempts", "2"]);
    let uri = format!("http://{allow}/cat");
    let request = Request::new("a", "echo", 1)
        .of(uri.clone())
        .known_as("order-1");
    sender.send(request).await;
    let failure = listener.next().await;
    assert_eq!(failure.status, "FAILURE");
    let error = failure.error_message.clone().unwrap();
    assert!(error.starts_with("given up at attempt 2: "), "{error}");
    ground.done(&["a"]).await;
    assert!(listener.rest().await.is_empty());
    let letters_of = letters(&host, 1).await;
    let letter = &letters_of[0];
    assert_eq!(
        (&letter["attempts"], &letter["request_id"]),
        (&2.into(), &"order-1".into())
    );
    assert_eq!(
        (&letter["reason"], &letter["asset_uri"]),
        (&error.into(), &uri.into())
    );
    assert_eq!(letter["execution_id"], failure.execution_id());

    proxy.pass().await;
    let id = letter["id"].as_str().unwrap();
    let replayed = host.post(&format!("/api/v1/dead-letters/{id}/replay"), b"");
    assert_eq!(replayed.status, 202, "{replayed:?}");
    let success = listener.next().await;
    assert!(success.is_of("echo", 1), "{success:?}");
    assert_ne!(success.execution_id(), failure.execution_id());
    assert_eq!(success.execution_id(), replayed.json()["id"]);
    assert_eq!(success.raw.properties["repeats"], "order-1");
    letters(&host, 0).await;
}
