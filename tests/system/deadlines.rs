//! Executions that do not end well.

use functions_tests::{Client, Server, call};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::start;

async fn error_of(server: &Server, function: &str, args: Value) -> String {
    let answer = Client::http1()
        .post(&server.url("/exec"), call(function, &args))
        .await
        .json();
    assert_eq!(answer["success"], false);
    assert_eq!(answer["result"], Value::Null);
    answer["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_function_has_the_deadline_that_it_asks_for() {
    let server = start(&[]).await;
    assert_eq!(
        error_of(&server, "short_of_time", json!({"seconds": 60})).await,
        "Function 'short_of_time' execution timed out after 0.2 seconds"
    );
    let line = server
        .line("that it timed out", |line| line["status"] == "timeout")
        .await;
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["function_name"], "short_of_time");
    assert_eq!(line["execution_id"], "test");
}

#[tokio::test]
async fn a_function_without_a_deadline_has_the_default() {
    let server = start(&[("CRBR_FUNCTIONS_TIMEOUT", "0.25")]).await;
    assert_eq!(
        error_of(&server, "sleeps", json!({"milliseconds": 60_000})).await,
        "Function 'sleeps' execution timed out after 0.25 seconds"
    );
}

#[tokio::test]
async fn no_function_has_more_time_than_the_highest_deadline() {
    let server = start(&[("CRBR_FUNCTIONS_MAX_TIMEOUT", "1")]).await;
    assert_eq!(
        error_of(&server, "wants_too_much_time", json!({})).await,
        "Function 'wants_too_much_time' execution timed out after 1.0 seconds"
    );
}

#[tokio::test]
async fn at_its_deadline_a_function_is_told_to_cancel_what_it_started() {
    let server = start(&[]).await;
    let error = error_of(&server, "leaves_something_running", json!({})).await;
    assert!(error.contains("timed out"), "{error}");
    server
        .line("that it cancelled", |line| line["message"] == "Cancelled")
        .await;
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_stop_a_function() {
    let server = start(&[]).await;
    let body = call("sleeps", &json!({"milliseconds": 300}));
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let head = format!(
        "POST /exec HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    server
        .line("that it began", |line| line["message"] == "Sleeping")
        .await;
    drop(stream);
    let line = server
        .line("that it ended", |line| line["status"] == "success")
        .await;
    assert_eq!(line["function_name"], "sleeps");
    server
        .line("what it did last", |line| line["message"] == "Slept")
        .await;
}

#[tokio::test]
async fn a_panic_is_answered_and_logged_with_its_place_and_the_server_lives_on() {
    let server = start(&[]).await;
    assert_eq!(
        error_of(&server, "panics", json!({"message": "boom"})).await,
        "Function execution failed: boom"
    );
    let line = server
        .line("that it panicked", |line| {
            line["message"] == "Function panicked"
        })
        .await;
    let exc_info = line["exc_info"].as_str().unwrap();
    assert!(exc_info.contains("fixture/main.rs:"), "{exc_info}");
    assert!(exc_info.contains("Backtrace"), "{exc_info}");
    let answer = Client::http1().get(&server.url("/ready")).await;
    assert_eq!(answer.json()["status"], "ready");
}

#[tokio::test]
async fn a_function_that_panics_while_it_is_dropped_is_answered_all_the_same() {
    let server = start(&[]).await;
    let error = error_of(&server, "panics_in_drop", json!({})).await;
    assert!(error.contains("timed out after 0.1 seconds"), "{error}");
    server
        .line("that it panicked", |line| {
            line["message"] == "Function panicked"
        })
        .await;
}

#[tokio::test]
async fn an_error_is_answered_with_its_message_and_logged_with_its_causes() {
    let server = start(&[]).await;
    assert_eq!(
        error_of(&server, "fails", json!({})).await,
        "Function execution failed: cannot save"
    );
    let line = server
        .line("that it failed", |line| {
            line["message"] == "Function failed"
        })
        .await;
    let exc_info = line["exc_info"].as_str().unwrap();
    assert!(exc_info.contains("disk full"), "{exc_info}");
}

#[tokio::test]
async fn while_a_function_blocks_its_thread_others_are_answered() {
    let server = start(&[("CRBR_FUNCTIONS_WORKERS", "2")]).await;
    let url = server.url("/exec");
    let blocked = tokio::spawn({
        let url = url.clone();
        let body = call("blocks_until_released", &json!({}));
        async move { Client::http1().post(&url, body).await }
    });
    let client = Client::http1();
    for number in 0..50 {
        let body = call("echo", &json!({"value": number}));
        assert_eq!(client.post(&url, body).await.json()["result"], number);
    }
    assert!(!blocked.is_finished());
    client.post(&url, call("releases", &json!({}))).await;
    assert_eq!(blocked.await.unwrap().json()["success"], true);
}

#[tokio::test]
async fn a_function_that_blocks_its_thread_is_told_what_to_do() {
    let server = start(&[]).await;
    let body = call("blocks", &json!({"milliseconds": 600}));
    Client::http1().post(&server.url("/exec"), body).await;
    let is_warning = |line: &Value| line["level"] == "WARNING";
    let warning = server.line("what is wrong", is_warning).await;
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("spawn_blocking"), "{message}");
    assert_eq!(warning["function_name"], "blocks");
}
