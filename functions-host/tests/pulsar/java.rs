//! Senders and listeners of another make: the client of Java, by classes and by schemas that
//! are built field by field.
//!
//! Its jars are those that a broker is made of.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::contract::{COMPLETIONS, REQUESTS};
use crate::ground::{Ground, bulky};
use crate::listener::{Completion, Listener};
use crate::request::Request;
use crate::sender::Sender;

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pulsar/Client.java");

const RESCAN: [&str; 2] = ["--pulsar-rescan-seconds", "1"];

fn variable(name: &str) -> Option<PathBuf> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

/// A Java that compiles a program of one file before it runs it.
fn java() -> Command {
    let jars = variable("FUNCTIONS_TEST_PULSAR_JARS")
        .or_else(|| Some(variable("FUNCTIONS_TEST_PULSAR_HOME")?.join("lib")))
        .expect("there are jars: `cargo xtask test` finds them");
    let home = variable("JAVA_HOME").map(|home| Path::new(&home).join("bin/java"));
    let mut java = Command::new(home.unwrap_or_else(|| "java".into()));
    java.args(["-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp"]);
    java.arg(jars.join("*")).arg(PROGRAM);
    java
}

/// Has the client do one thing after the other, and returns what it has printed.
async fn client(ground: &Ground, commands: &[Vec<String>]) -> Vec<Value> {
    let mut java = java();
    java.arg(ground.url()).args(commands.join(&",".to_owned()));
    let output = spawn_blocking(move || java.output().unwrap());
    let output = output.await.unwrap();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{commands:?}: {complained}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines = printed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn command(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// That so many requests are sent from a number on, by this schema and in this way.
fn send(ground: &Ground, namespace: &str, first: usize, many: usize, how: &[&str]) -> Vec<String> {
    let topic = ground.persistent(namespace, REQUESTS);
    let (first, many) = (first.to_string(), many.to_string());
    let own = ["send", &topic, namespace, &first, &many];
    command(&[&own, how].concat())
}

/// All of these have succeeded, once each, and are known by what the sender called them.
async fn succeed(ground: &Ground, namespace: &str, listener: &mut Listener, many: usize) {
    let mut told = listener.take(many).await;
    ground.done(&[namespace]).await;
    assert!(listener.rest().await.is_empty());
    told.sort_by_key(|completion| completion.asset_id.parse::<usize>().unwrap());
    for (n, completion) in told.iter().enumerate() {
        assert_eq!(completion.status, "SUCCESS", "{completion:?}");
        let echoed = &completion.results.as_ref().unwrap()["n"];
        assert!(
            *echoed == n.to_string() || echoed == "large",
            "{completion:?}"
        );
        assert_eq!(completion.asset_id, n.to_string());
        assert_eq!(completion.request_id(), format!("order-{n}"));
    }
}

/// The newest version of the schema of requests.
async fn version(ground: &Ground, namespace: &str) -> u64 {
    let topic = ground.topic(namespace, REQUESTS);
    let schema = ground.admin.get(&format!("schemas/{topic}/schema")).await;
    schema.unwrap()["version"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn requests_are_read_by_whichever_schema_they_were_written() {
    // Each of the first three makes a schema of its own of the same class.
    const BY: [&str; 3] = ["pojo", "required", "generic"];
    let ground = Ground::lent(&BY).await;
    let mut listeners = Vec::new();
    for namespace in BY {
        listeners.push(Listener::to(&ground, namespace).await);
    }
    let mut commands: Vec<_> = BY.iter().map(|by| send(&ground, by, 0, 3, &[by])).collect();
    // One evolves, and those who know nothing of it go on as before.
    commands.push(send(&ground, "generic", 3, 3, &["evolved"]));
    commands.push(send(&ground, "generic", 6, 3, &["generic"]));
    let _host = ground.host(&RESCAN);
    assert!(client(&ground, &commands).await.is_empty());
    for (namespace, listener) in BY.iter().zip(&mut listeners) {
        let many = if *namespace == "generic" { 9 } else { 3 };
        succeed(&ground, namespace, listener, many).await;
    }
    let mut versions = Vec::new();
    for namespace in BY {
        versions.push(version(&ground, namespace).await);
    }
    assert_eq!(versions, [0, 0, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn batches_and_pieces_are_read_whichever_way_they_are_packed() {
    const PACKED: [&str; 5] = ["NONE", "LZ4", "ZLIB", "ZSTD", "SNAPPY"];
    const MANY: usize = 30;
    let ground = Ground::lent(&["a"]).await;
    let mut listener = Listener::to(&ground, "a").await;
    let _host = ground.host(&RESCAN);
    let packed = PACKED.iter().enumerate();
    let mut commands: Vec<_> = packed
        .map(|(turn, how)| {
            send(
                &ground,
                "a",
                turn * MANY,
                MANY,
                &["required", "batched", how],
            )
        })
        .collect();
    // More than a message may have, once it is in Base64.
    let first = PACKED.len() * MANY;
    commands.push(send(
        &ground,
        "a",
        first,
        2,
        &["required", "chunked", "4500000"],
    ));
    assert!(client(&ground, &commands).await.is_empty());
    succeed(&ground, "a", &mut listener, first + 2).await;
    // One that is in pieces counts as often.
    let stats = ground.admin.stats(&ground.topic("a", REQUESTS)).await;
    let stored = stats.unwrap()["msgInCounter"].as_u64().unwrap();
    assert!(stored > (first + 2) as u64, "{stored}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn every_field_of_a_completion_is_read_by_a_class_and_by_the_schema_of_its_topic() {
    const RESULTS: usize = 6_000_000;
    let ground = Ground::lent(&["a"]).await;
    let host = ground.host(&RESCAN);
    assert_eq!(host.upload("bulky", &bulky(RESULTS)).status, 201);
    let mut listener = Listener::to(&ground, "a").await;
    let mut sender = Sender::to(&ground, "a").await;
    let request = |module, n| Request::new("a", module, n).known_as(&format!("order-{n}"));
    sender.send(request("echo", 0)).await;
    sender.send(request("trap", 1)).await;
    let mut expected = listener.take(2).await;
    expected.sort_by_key(|completion| completion.asset_id.clone());
    assert!(expected[0].is_of("echo", 0) && expected[1].is_of("trap", 1));
    // It comes in pieces.
    sender.send(request("bulky", 2)).await;

    let topic = ground.persistent("a", COMPLETIONS);
    let listen = |by| command(&["listen", &topic, "3", by]);
    let told = client(&ground, &[listen("pojo"), listen("generic")]).await;
    let (by_class, by_schema) = told.split_at(3);
    for told in [by_class, by_schema] {
        let mut told = told.to_vec();
        told.sort_by_key(|completion| completion["asset_id"].to_string());
        for (told, expected) in told.iter().zip(&expected) {
            assert_eq!(*told, whole(expected));
        }
        let large = &told[2];
        let padding = large["results"]["padding"].as_str().unwrap();
        assert!(padding.len() == RESULTS && padding.bytes().all(|byte| byte == b'x'));
        assert_eq!(
            (&large["asset_id"], &large["status"]),
            (&json!("2"), &json!("SUCCESS"))
        );
        assert_eq!(large["key"], large["properties"]["execution_id"]);
        assert_eq!(large["properties"]["request_id"], "order-2");
        assert_eq!(large["event_time"], large["event_timestamp"]);
    }
}

/// All that the client is to see of a completion.
fn whole(completion: &Completion) -> Value {
    json!({
        "tenant_id": completion.tenant_id,
        "asset_id": completion.asset_id,
        "wasm_module_id": completion.wasm_module_id,
        "status": completion.status,
        "results": completion.results,
        "error_message": completion.error_message,
        "event_timestamp": completion.event_timestamp,
        "key": completion.raw.key,
        "properties": completion.raw.properties,
        "event_time": completion.event_timestamp,
    })
}
