//! Brokers of the tests' own, which are killed or cannot be reached while hosts work.

mod secure;
mod soak;

use std::sync::Arc;

use functions_tests::pulsar::Standalone;

use crate::ground::{Ground, consumes, ready, status};
use crate::listener::Listener;
use crate::load::{Load, ended, followers, go_on};
use crate::request::Request;
use crate::sender::Sender;
use crate::server::{EXECUTIONS, Server};
use crate::soon::soon;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn every_request_ends_once_though_the_broker_is_killed_meanwhile() {
    goes(async |broker| broker.kill().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn every_request_ends_once_though_the_broker_is_restarted_meanwhile() {
    goes(async |broker| broker.stop().await).await;
}

/// What happens where a broker goes in this way, and comes back.
async fn goes(away: impl AsyncFnOnce(&mut Standalone)) {
    let namespaces = ["a", "b"];
    let mut broker = Standalone::launch().await;
    let ground = Arc::new(Ground::own(&broker, &namespaces).await);
    let mut before = followers(&ground, &namespaces).await;
    let host = ground.host(&["--max-attempts", "1000", "--pulsar-rescan-seconds", "1"]);
    let mut sender = Sender::to(&ground, "a").await;
    sender.send_bytes(b"poison", ("trace", "1"), "1").await;
    soon("there is a dead letter", async || {
        (status(&host)["backlog"]["dead"] == 1).then_some(())
    })
    .await;
    let load = Load::on(&ground, &namespaces);
    go_on(&mut before, 20).await;
    for follower in before {
        follower.close().await;
    }
    away(&mut broker).await;
    soon("the host is not ready", async || {
        (host.get("/ready").status == 503).then_some(())
    })
    .await;
    assert_eq!(host.get("/health").status, 200);
    // It is asked how it fares most of all now.
    let answer = host.get("/api/v1/status");
    assert_eq!(answer.status, 200, "{answer:?}");
    let said = answer.json();
    assert_eq!(said["backlog"]["dead"], 1, "{said}");
    let topics = said["bus"]["topics"].as_array().unwrap();
    assert_eq!(topics.len(), namespaces.len());
    for topic in topics {
        assert_eq!(topic["connected"], false, "{topic}");
        assert!(topic["error"].is_string(), "{topic}");
    }
    broker.start().await;
    ready(&host).await;
    consumes(&host, namespaces.len()).await;
    let mut after = followers(&ground, &namespaces).await;
    go_on(&mut after, 20).await;
    let sent = load.stop().await;
    ended(&ground, &sent).await;
    drop(after);

    told_once(host);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_host_that_finds_no_broker_waits_for_one_and_says_so() {
    let mut broker = Standalone::launch().await;
    let ground = Ground::own(&broker, &["a"]).await;
    Sender::to(&ground, "a")
        .await
        .send(Request::new("a", "echo", 1))
        .await;
    broker.kill().await;
    let host = ground.host(&["--pulsar-rescan-seconds", "1"]);
    assert_eq!(host.get("/ready").status, 503);
    let said = host.get("/api/v1/status");
    assert_eq!(said.status, 200, "{said:?}");
    assert_eq!(said.json()["bus"]["ready"], false);
    let body = br#"{"tenant_id": "a", "wasm_module_id": "echo", "input": {"n": "2"}}"#;
    for _ in 0..2 {
        let refused = host.post(EXECUTIONS, body);
        assert_eq!(refused.status, 503, "{refused:?}");
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    broker.start().await;
    ready(&host).await;
    // All of it works again, what hears of ends included.
    let answer = host.post(&format!("{EXECUTIONS}?wait=true"), body);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["results"]["n"], "2");
    let mut listener = Listener::to(&ground, "a").await;
    while !listener.next().await.is_of("echo", 1) {}
    ground.done(&["a"]).await;
    let log = told_once(host);
    assert!(
        log.contains("A request could not be put on the bus"),
        "{log}"
    );
    let waited = log.contains("no answer to");
    assert!(!waited, "nobody waited for what is known to be away: {log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn every_request_ends_once_though_the_network_swallows_everything_for_a_while() {
    let namespaces = ["a", "b"];
    let (broker, proxy) = Standalone::launch_behind_proxy().await;
    let ground = Arc::new(Ground::behind(&proxy, &broker, &namespaces).await);
    let mut followers = followers(&ground, &namespaces).await;
    let host = ground.host(&["--max-attempts", "1000", "--pulsar-rescan-seconds", "1"]);
    let load = Load::on(&ground, &namespaces);
    go_on(&mut followers, 20).await;
    // Nobody closes a connection: the host has to find out by itself.
    proxy.swallow().await;
    soon("the host is not ready", async || {
        (host.get("/ready").status == 503).then_some(())
    })
    .await;
    proxy.pass().await;
    proxy.cut().await;
    ready(&host).await;
    consumes(&host, namespaces.len()).await;
    go_on(&mut followers, 20).await;
    let sent = load.stop().await;
    ended(&ground, &sent).await;
    told_once(host);
}

/// That Pulsar was away, and that it is back.
fn told_once(host: Server) -> String {
    let log = host.end();
    let lines = |text: &str| log.lines().filter(|line| line.contains(text)).count();
    let told = (lines("Pulsar fails"), lines("Pulsar works again"));
    assert_eq!(told, (1, 1), "{log}");
    log
}
