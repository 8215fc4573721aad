//! Waiting until a server is ready.

use std::thread::{JoinHandle, spawn};

use crate::command_line::deploy;
use crate::ground::Ground;
use crate::soon::soon;

/// Deploys and waits, on a thread of its own.
fn waiting(ground: &Ground, more: &'static [&'static str]) -> JoinHandle<(bool, String, String)> {
    let ground = Ground {
        client: ground.client.clone(),
        namespace: ground.namespace.clone(),
        kubeconfig: ground.kubeconfig.clone(),
    };
    spawn(move || deploy(&ground, &[&["--wait"], more].concat()))
}

async fn deployed(ground: &Ground) {
    soon("the Service is there", async || {
        ground.services().get_opt("fx-7").await.unwrap()
    })
    .await;
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_server_that_becomes_ready_is_told_with_its_revision_and_url() {
    let ground = Ground::new().await;
    let waiting = waiting(&ground, &["--wait-seconds", "600"]);
    deployed(&ground).await;
    ground.say("fx-7", "Unknown", "Deploying").await;
    assert!(!waiting.is_finished());
    ground.say("fx-7", "True", "").await;
    let (succeeded, said, complained) = waiting.join().unwrap();
    assert!(succeeded, "{complained}");
    let namespace = &ground.namespace;
    let url = "http://fx-7.example.com";
    let expected = format!("fx-7 in {namespace} is created and ready: fx-7-00001 {url}\n");
    assert_eq!(said, expected);
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_server_that_fails_for_good_is_told_with_the_reason() {
    let ground = Ground::new().await;
    let waiting = waiting(&ground, &["--wait-seconds", "600"]);
    deployed(&ground).await;
    ground.say("fx-7", "False", "RevisionFailed").await;
    let (succeeded, said, complained) = waiting.join().unwrap();
    assert!(!succeeded && said.is_empty(), "{said}");
    assert_eq!(
        complained,
        "functions-host: 'fx-7' has failed: RevisionFailed: said by a test\n"
    );
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_server_that_is_not_ready_in_time_is_told_with_what_was_said_last() {
    let ground = Ground::new().await;
    let (succeeded, _, complained) = deploy(&ground, &["--wait", "--wait-seconds", "0.01"]);
    assert!(!succeeded);
    assert!(
        complained.contains("'fx-7' is not ready after 10ms: "),
        "{complained}"
    );
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn nobody_waits_for_a_server_that_is_deleted() {
    let ground = Ground::new().await;
    let waiting = waiting(&ground, &["--wait-seconds", "600"]);
    deployed(&ground).await;
    let services = ground.services();
    services.delete("fx-7", &Default::default()).await.unwrap();
    let (succeeded, _, complained) = waiting.join().unwrap();
    assert!(!succeeded);
    assert_eq!(complained, "functions-host: 'fx-7' was deleted meanwhile\n");
}
