//! Connections on which nothing happens, or too slowly.

use functions_tests::{Client, Server, call, raise_file_limit};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::start;

/// Sends `begun` and waits for what the server does about it.
async fn answer_to(server: &Server, begun: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(begun.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // The server ends it, in order or not.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_connection_that_sends_no_whole_head_is_closed() {
    let server = start(&[("CRBR_FUNCTIONS_HEADER_TIMEOUT", "0.2")]).await;
    for begun in [
        "",
        "P",
        "PRI * HTTP/2",
        "POST /exec HTTP/1.1\r\nhost: x\r\nx-more: ",
    ] {
        assert_eq!(answer_to(&server, begun).await, "", "after {begun:?}");
    }
}

#[tokio::test]
async fn a_head_that_trickles_in_is_not_waited_for() {
    let server = start(&[("CRBR_FUNCTIONS_HEADER_TIMEOUT", "0.3")]).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream
        .write_all(b"GET /ready HTTP/1.1\r\nhost: ")
        .await
        .unwrap();
    while stream.write_all(b"x").await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_kept_connection_is_closed_once_it_has_idled_for_long() {
    let server = start(&[("CRBR_FUNCTIONS_HEADER_TIMEOUT", "0.2")]).await;
    let answer = answer_to(&server, "GET /ready HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn an_execution_may_take_longer_than_a_head() {
    let server = start(&[("CRBR_FUNCTIONS_HEADER_TIMEOUT", "0.1")]).await;
    let body = call("sleeps", &json!({"milliseconds": 800}));
    let answer = Client::http1().post(&server.url("/exec"), body).await;
    assert_eq!(answer.json()["result"], 800);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_with_408() {
    let server = start(&[("CRBR_FUNCTIONS_BODY_TIMEOUT", "0.2")]).await;
    let begun = "POST /exec HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{";
    let answer = answer_to(&server, begun).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains(r#"{"detail":"#), "{answer}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = start(&[("CRBR_FUNCTIONS_MAX_HEADER_BYTES", "8192")]).await;
    let begun = format!(
        "GET /ready HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "x".repeat(10_000)
    );
    let answer = answer_to(&server, &begun).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn more_connections_than_allowed_wait_until_another_ends() {
    let server = start(&[("CRBR_FUNCTIONS_MAX_CONNECTIONS", "2")]).await;
    let first = TcpStream::connect(server.address()).await.unwrap();
    let mut second = TcpStream::connect(server.address()).await.unwrap();
    let mut third = TcpStream::connect(server.address()).await.unwrap();
    let request = b"GET /ready HTTP/1.1\r\nhost: x\r\n\r\n";
    second.write_all(request).await.unwrap();
    third.write_all(request).await.unwrap();
    assert_ne!(second.read(&mut [0; 1000]).await.unwrap(), 0);
    let soon = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(soon, third.readable()).await.is_err());
    drop(first);
    assert_ne!(third.read(&mut [0; 1000]).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_idle_connections_leave_room_for_a_call() {
    const IDLE: usize = 10_000;
    // Both ends of each are files; this one's are of this process.
    let limit = raise_file_limit();
    let idle = IDLE.min(limit.saturating_sub(200));
    let server = start(&[]).await;
    let mut connections = Vec::with_capacity(idle);
    for _ in 0..idle {
        connections.push(TcpStream::connect(server.address()).await.unwrap());
    }
    let answer = Client::http1()
        .post(&server.url("/exec"), call("echo", &json!({"value": 1})))
        .await;
    assert_eq!(answer.json()["result"], 1);
    let memory = server.resident_bytes();
    assert!(
        memory < 256 * 1024 * 1024,
        "{memory} bytes for {idle} connections"
    );
}
