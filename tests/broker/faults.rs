//! What can go wrong with a broker. In each case calls are served, the trouble is told
//! once as it begins and once as it ends, and events go out again when it is over.

mod access;
mod network;
mod node;
mod rounds;
mod routes;

use functions_tests::broker::{Access, Consumer, Delivered};
use functions_tests::{Client, Server, call};
use serde_json::{Value, json};

use crate::server::{self, EVENTS};

const PUBLISHED: &str = "Events are published";
const UNAVAILABLE: &str = "Events cannot be published";
const AGAIN: &str = "Events are published again";

/// Waits until the server says that events cannot be published, and gives the reason.
async fn trouble(server: &Server) -> String {
    let line = line(server, UNAVAILABLE).await;
    line["error"].as_str().expect("it says why").to_owned()
}

/// Waits until the server says something about events.
async fn line(server: &Server, begins: &str) -> Value {
    let wanted = |line: &Value| {
        let message = line["message"].as_str().unwrap_or_default();
        line["target"] == EVENTS && message.split('.').next() == Some(begins)
    };
    server.line(begins, wanted).await
}

/// Calls are answered, and the server is ready, whatever is the matter with the broker.
async fn serves(server: &Server) {
    let client = Client::http1();
    let body = call("length", &json!({"text": "four"}));
    assert_eq!(
        client.post(&server.url("/exec"), body).await.json()["result"],
        4
    );
    let ready = client.get(&server.url("/ready")).await.json();
    assert_eq!(ready["status"], "ready");
}

fn is_started(message: &Delivered) -> bool {
    message.routing_key.ends_with(".started")
}

async fn next_started(consumer: &mut Consumer) {
    consumer.find(is_started).await;
}

/// A server that has announced its start, and who heard it.
async fn announced(access: &Access, exchange: &str) -> (Server, Consumer) {
    let mut consumer = Consumer::bound(access, exchange, "#").await;
    let server = server::start(access, exchange, &[]).await;
    next_started(&mut consumer).await;
    (server, consumer)
}
