//! What a server writes.

use std::process::{Child, Stdio};

use functions_tests::{Client, call};
use serde_json::{Value, json};

use crate::{fixture, start};

#[tokio::test]
async fn a_line_of_an_execution_carries_its_fields_and_so_does_a_line_of_its_author() {
    let server = start(&[("CRBR_DEPLOYMENT_ID", "d")]).await;
    let body = call("sleeps", &json!({"milliseconds": 1}));
    Client::http1().post(&server.url("/exec"), body).await;
    server
        .line("that it ended", |line| line["status"] == "success")
        .await;
    let own = server
        .line("what its author said", |line| line["message"] == "Slept")
        .await;
    for (key, value) in [
        ("level", "INFO"),
        ("deployment_id", "d"),
        ("execution_id", "test"),
        ("function_name", "sleeps"),
    ] {
        assert_eq!(own[key], value, "{own}");
    }
    assert!(own["timestamp"].as_str().unwrap().ends_with('Z'), "{own}");
}

#[tokio::test]
async fn every_line_is_one_json_object_whatever_a_caller_sends() {
    let server = start(&[]).await;
    let client = Client::http1();
    let url = server.url("/exec");
    for name in [
        "a\nb",
        "\"}\n{\"level\":\"ERROR\"",
        "\u{1b}[31m",
        "\0",
        "\u{2028}",
    ] {
        client.post(&url, call(name, &json!({}))).await;
    }
    let known = |line: &Value| line["function_name"] == "\u{2028}";
    server.line("the last of them", known).await;
    for line in server.lines() {
        let value: Value = serde_json::from_str(&line).unwrap();
        assert!(
            value["timestamp"].is_string() && value["message"].is_string(),
            "{line}"
        );
    }
}

#[tokio::test]
async fn lines_below_the_level_are_left_out() {
    let server = start(&[("CRBR_FUNCTIONS_LOG_LEVEL", "ERROR")]).await;
    let client = Client::http1();
    let url = server.url("/exec");
    client
        .post(&url, call("sleeps", &json!({"milliseconds": 1})))
        .await;
    client
        .post(&url, call("panics", &json!({"message": "boom"})))
        .await;
    server
        .line("that it panicked", |line| {
            line["message"] == "Function panicked"
        })
        .await;
    let of_sleeps = |line: &String| line.contains(r#""function_name":"sleeps""#);
    assert!(!server.lines().iter().any(of_sleeps));
}

/// Starts a server whose log nobody reads. Its address is not to be had from the log,
/// so the port is chosen before.
fn start_unread() -> (Child, u16) {
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let child = fixture()
        .env("CRBR_FUNCTIONS_HOST", "127.0.0.1")
        .env("CRBR_FUNCTIONS_PORT", port.to_string())
        .stdout(Stdio::piped())
        .spawn();
    (child.unwrap(), port)
}

/// Calls a server so many times once it listens, and ends it.
async fn call_and_end(mut child: Child, port: u16, calls: u64) {
    let address = ("127.0.0.1", port);
    while tokio::net::TcpStream::connect(address).await.is_err() {
        assert!(child.try_wait().unwrap().is_none(), "the server has ended");
        tokio::task::yield_now().await;
    }
    let client = Client::http1();
    let url = format!("http://127.0.0.1:{port}/exec");
    for number in 0..calls {
        let body = call("echo", &json!({"value": number}));
        assert_eq!(client.post(&url, body).await.json()["result"], number);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_closed_stdout_stops_nothing() {
    let (mut child, port) = start_unread();
    drop(child.stdout.take());
    call_and_end(child, port, 200).await;
}

#[tokio::test]
async fn a_stdout_that_nobody_reads_blocks_no_call() {
    let (child, port) = start_unread();
    // Each line is longer than 100 bytes; a pipe holds 64 KiB.
    call_and_end(child, port, 2000).await;
}

#[tokio::test]
async fn a_user_with_a_subscriber_of_their_own_keeps_it() {
    let mut server = start(&[("FIXTURE_OWN_LOG", "1")]).await;
    let body = call("sleeps", &json!({"milliseconds": 1}));
    let answer = Client::http1().post(&server.url("/exec"), body).await;
    assert_eq!(answer.json()["result"], 1);
    for message in ["Slept", "Function executed"] {
        server
            .line(message, |line| line["message"] == message)
            .await;
    }
    server.terminate();
    assert!(server.wait().await.success());
    server
        .line("its end", |line| line["message"] == "Stopped")
        .await;
    for line in server.lines() {
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["own"], true, "{line}");
    }
}
