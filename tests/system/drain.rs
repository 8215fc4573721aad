//! The end of a server.

use functions_tests::{Answer, Client, Server, call};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::start;

/// Calls a function in the background, and waits until it says in the log that it runs.
async fn begin(
    server: &Server,
    function: &str,
    args: Value,
    says: &str,
) -> JoinHandle<anyhow::Result<Answer>> {
    let request = http::Request::post(server.url("/exec"))
        .body(call(function, &args).into())
        .unwrap();
    let running = tokio::spawn(async move { Client::http1().send(request).await });
    server
        .line("that it runs", |line| line["message"] == says)
        .await;
    running
}

/// Sends SIGTERM, and waits until the server says that it stops.
async fn terminate_and_hear(server: &Server) {
    server.terminate();
    let stops = |line: &Value| {
        let message = line["message"].as_str();
        message.is_some_and(|message| message.starts_with("Stopping"))
    };
    server.line("that it stops", stops).await;
}

#[tokio::test]
async fn running_executions_end_before_the_server_does() {
    let mut server = start(&[]).await;
    let running = begin(&server, "sleeps", json!({"milliseconds": 500}), "Sleeping").await;
    server.terminate();
    assert_eq!(running.await.unwrap().unwrap().json()["result"], 500);
    assert!(server.wait().await.success());
}

#[tokio::test]
async fn a_server_that_stops_lets_nobody_in() {
    let mut server = start(&[]).await;
    let running = begin(&server, "sleeps", json!({"milliseconds": 1000}), "Sleeping").await;
    terminate_and_hear(&server).await;
    while TcpStream::connect(server.address()).await.is_ok() {
        assert!(!running.is_finished(), "the door is still open");
        tokio::task::yield_now().await;
    }
    running.await.unwrap().unwrap();
    assert!(server.wait().await.success());
}

#[tokio::test]
async fn half_sent_requests_and_idle_connections_do_not_hold_up_the_end() {
    let mut server = start(&[("CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT", "600")]).await;
    let mut connections = Vec::new();
    for begun in [
        "",
        "POST /exec HT",
        "POST /exec HTTP/1.1\r\nhost: x\r\ncontent-le",
        "POST /exec HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{",
    ] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        connections.push(stream);
    }
    let mut idle = TcpStream::connect(server.address()).await.unwrap();
    idle.write_all(b"GET /ready HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answered = [0; 15];
    idle.read_exact(&mut answered).await.unwrap();
    assert_eq!(&answered, b"HTTP/1.1 200 OK");
    server.terminate();
    assert!(server.wait().await.success());
}

#[tokio::test]
async fn executions_that_do_not_end_are_cut_off_at_the_cap() {
    let mut server = start(&[
        ("CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT", "0.2"),
        ("CRBR_FUNCTIONS_MAX_TIMEOUT", "3600"),
    ])
    .await;
    begin(&server, "wants_too_much_time", json!({}), "Waiting").await;
    server.terminate();
    assert!(server.wait().await.success());
    let cut = |line: &Value| line["level"] == "WARNING" && line["running"] == 1;
    server.line("what it cut off", cut).await;
}

#[tokio::test]
async fn an_execution_that_ends_when_it_is_cancelled_is_answered_before_the_cap() {
    let mut server = start(&[("CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT", "5")]).await;
    let running = begin(&server, "ends_when_cancelled", json!({}), "Waiting").await;
    server.terminate();
    assert_eq!(
        running.await.unwrap().unwrap().json()["result"],
        "cancelled"
    );
    assert!(server.wait().await.success());
}

#[tokio::test]
async fn functions_that_block_every_thread_do_not_hold_up_the_end_beyond_the_cap() {
    let mut server = start(&[
        ("CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT", "0.2"),
        ("CRBR_FUNCTIONS_WORKERS", "1"),
    ])
    .await;
    begin(
        &server,
        "blocks",
        json!({"milliseconds": 3_600_000}),
        "Blocking",
    )
    .await;
    server.terminate();
    assert!(server.wait().await.success());
}

#[tokio::test]
async fn a_second_signal_ends_the_server_at_once() {
    let mut server = start(&[("CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT", "3600")]).await;
    begin(
        &server,
        "sleeps",
        json!({"milliseconds": 3_600_000}),
        "Sleeping",
    )
    .await;
    terminate_and_hear(&server).await;
    server.terminate();
    assert!(!server.wait().await.success());
}
