//! What there is only so much of.

use functions_tests::{Client, call};
use http::StatusCode;
use serde_json::json;

use crate::start;

#[tokio::test]
async fn one_call_more_than_may_run_and_wait_is_told_to_come_again() {
    let server = start(&[
        ("CRBR_FUNCTIONS_MAX_CONCURRENCY", "1"),
        ("CRBR_FUNCTIONS_MAX_QUEUE", "1"),
    ])
    .await;
    let client = Client::http1();
    let url = server.url("/exec");
    let begin = |milliseconds: u64| {
        let (client, url) = (client.clone(), url.clone());
        let body = call("sleeps", &json!({"milliseconds": milliseconds}));
        tokio::spawn(async move { client.post(&url, body).await })
    };
    let running = begin(1500);
    server
        .line("that it runs", |line| line["message"] == "Sleeping")
        .await;
    let one = begin(1);
    let other = begin(1);
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    let (served, refused) = match one.status {
        StatusCode::OK => (one, other),
        _ => (other, one),
    };
    assert_eq!(served.json()["result"], 1);
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers["retry-after"], "1");
    assert!(refused.json()["detail"].is_string());
    assert_eq!(running.await.unwrap().json()["result"], 1500);
}

#[tokio::test]
async fn a_server_that_is_full_still_says_that_it_is_ready() {
    let server = start(&[
        ("CRBR_FUNCTIONS_MAX_CONCURRENCY", "1"),
        ("CRBR_FUNCTIONS_MAX_QUEUE", "0"),
    ])
    .await;
    let client = Client::http1();
    let running = tokio::spawn({
        let (client, url) = (client.clone(), server.url("/exec"));
        let body = call("sleeps", &json!({"milliseconds": 1000}));
        async move { client.post(&url, body).await }
    });
    server
        .line("that it runs", |line| line["message"] == "Sleeping")
        .await;
    let ready = client.get(&server.url("/ready")).await;
    assert_eq!(ready.status, StatusCode::OK);
    running.await.unwrap();
}
