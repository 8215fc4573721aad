//! Senders and listeners of another make: the Python client, with the classes that the
//! schemas were generated from.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

use crate::contract::{COMPLETION, COMPLETIONS, REQUEST, REQUESTS};
use crate::ground::{Ground, bulky};
use crate::request::Request;
use crate::sender::Sender;

const CLIENT: &str = "pulsar-client[avro]==3.13.0";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pulsar/client.py");

/// A Python that has the client: it is made once, and kept.
static PYTHON: OnceCell<PathBuf> = OnceCell::const_new();

async fn python() -> &'static Path {
    let made = PYTHON.get_or_init(|| async { spawn_blocking(make).await.unwrap() });
    made.await
}

fn make() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(CLIENT);
    let (python, complete) = (folder.join("bin/python"), folder.join("complete"));
    if !complete.exists() {
        let _ = std::fs::remove_dir_all(&folder);
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        run(Command::new(&python).args(pip).arg(CLIENT));
        std::fs::write(&complete, "").unwrap();
    }
    python
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complained}");
    String::from_utf8(output.stdout).unwrap()
}

async fn script(arguments: &[&str]) -> String {
    let mut command = Command::new(python().await);
    command.arg(SCRIPT).args(arguments);
    spawn_blocking(move || run(&mut command)).await.unwrap()
}

async fn send(ground: &Ground, first: usize, many: usize, how: &[&str]) {
    let (topic, first) = (ground.persistent("a", REQUESTS), first.to_string());
    let many = many.to_string();
    let own = ["send", ground.url(), &topic, "a", &first, &many];
    script(&[&own, how].concat()).await;
}

/// The completions of so many requests, in order of their numbers.
async fn listen(ground: &Ground, many: usize) -> Vec<Value> {
    let topic = ground.persistent("a", COMPLETIONS);
    let printed = script(&["listen", ground.url(), &topic, &many.to_string()]).await;
    let mut lines = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let generated: Value = lines.next().unwrap();
    same_schema(generated.as_str().unwrap(), COMPLETION);
    let mut told: Vec<Value> = lines.collect();
    told.sort_by_key(number);
    let path = format!("schemas/{}/schema", ground.topic("a", COMPLETIONS));
    let schema = ground.admin.get(&path).await.unwrap();
    assert_eq!(
        schema["version"], 0,
        "the listener's is the one that the host has written by"
    );
    told
}

/// What the classes generate, but for where it is broken into lines.
fn same_schema(generated: &str, written: &str) {
    let read = |text| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(read(generated), read(written));
}

fn number(completion: &Value) -> usize {
    completion["asset_id"].as_str().unwrap().parse().unwrap()
}

/// All of these have succeeded, once each.
fn succeeded(told: &[Value], first: usize, many: usize) {
    assert!(told.iter().map(number).eq(first..first + many), "{told:?}");
    for completion in told {
        assert_eq!(completion["status"], "SUCCESS", "{completion}");
        let results = &completion["results"];
        let echoed = results["n"] == completion["asset_id"] || results["n"] == "large";
        assert!(echoed, "{completion}");
        assert_eq!(completion["error_message"], Value::Null);
        assert_eq!(completion["key"], completion["properties"]["execution_id"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn batches_are_read_whichever_way_they_are_packed() {
    const MANY: usize = 50;
    let ground = Ground::lent(&["a"]).await;
    let _host = ground.host(&["--pulsar-rescan-seconds", "1"]);
    let packed = ["none", "lz4", "zlib", "zstd", "snappy"];
    for (turn, how) in packed.iter().enumerate() {
        send(&ground, turn * MANY, MANY, &["batched", how]).await;
        succeeded(&listen(&ground, MANY).await, turn * MANY, MANY);
    }
    ground.done(&["a"]).await;
    let topic = ground.topic("a", REQUESTS);
    let stats = ground.admin.stats(&topic).await.unwrap();
    let entries = stats["msgInCounter"].as_u64().unwrap();
    assert_eq!(entries, (packed.len() * MANY) as u64);
    let schema = ground
        .admin
        .get(&format!("schemas/{topic}/schema"))
        .await
        .unwrap();
    same_schema(schema["data"].as_str().unwrap(), REQUEST);
    assert_eq!(schema["version"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_schema_may_evolve_while_the_host_runs() {
    let ground = Ground::lent(&["a"]).await;
    let _host = ground.host(&["--pulsar-rescan-seconds", "1"]);
    send(&ground, 0, 5, &[]).await;
    succeeded(&listen(&ground, 5).await, 0, 5);
    send(&ground, 5, 5, &["evolved"]).await;
    succeeded(&listen(&ground, 5).await, 5, 5);
    // Those who know nothing of it go on as before.
    send(&ground, 10, 5, &[]).await;
    succeeded(&listen(&ground, 5).await, 10, 5);
    let topic = ground.topic("a", REQUESTS);
    let schema = ground
        .admin
        .get(&format!("schemas/{topic}/schema"))
        .await
        .unwrap();
    assert_eq!(schema["version"], 1, "{schema}");
    ground.done(&["a"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_request_in_pieces_is_put_together() {
    let ground = Ground::lent(&["a"]).await;
    let _host = ground.host(&["--pulsar-rescan-seconds", "1"]);
    // More than a message may have, once it is in Base64.
    send(&ground, 0, 2, &["chunked", "4500000"]).await;
    succeeded(&listen(&ground, 2).await, 0, 2);
    let topic = ground.topic("a", REQUESTS);
    let stats = ground.admin.stats(&topic).await.unwrap();
    assert!(stats["msgInCounter"].as_u64().unwrap() > 2, "{stats}");
    ground.done(&["a"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn results_that_are_larger_than_a_message_may_be_are_read() {
    const RESULTS: usize = 6_000_000;
    let ground = Ground::lent(&["a"]).await;
    let host = ground.host(&["--pulsar-rescan-seconds", "1"]);
    let uploaded = host.upload("bulky", &bulky(RESULTS));
    assert_eq!(uploaded.status, 201, "{uploaded:?}");
    let mut sender = Sender::to(&ground, "a").await;
    sender.send(Request::new("a", "bulky", 0)).await;
    let told = listen(&ground, 1).await;
    succeeded(&told, 0, 1);
    let padding = told[0]["results"]["padding"].as_str().unwrap();
    assert!(padding.len() == RESULTS && padding.bytes().all(|byte| byte == b'x'));
    ground.done(&["a"]).await;
}
