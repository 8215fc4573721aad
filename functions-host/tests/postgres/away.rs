//! The database or the store is away for a while.

use serde_json::json;

use crate::bucket::BucketServer;
use crate::database::TestDatabase;
use crate::host;
use crate::http::Answer;
use crate::postgres::{PASSWORD, Postgres};
use crate::server::{EXECUTIONS, MODULES, Server};
use crate::wasm::{echo, pointer};

fn assert_is_told_to_try_again(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(
        answer.detail(),
        "The registry of modules does not answer; try again"
    );
    assert_eq!(answer.header("retry-after"), Some("1"));
}

/// What became of an execution, in the end.
fn status(server: &Server, id: &str) -> String {
    loop {
        let told = server.get(&format!("{EXECUTIONS}/{id}")).json();
        let status = told["status"].as_str().unwrap();
        if !matches!(status, "accepted" | "queued" | "running" | "retrying") {
            return status.to_owned();
        }
        std::thread::yield_now();
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_host_whose_database_is_away_says_so_and_goes_on_once_it_is_back() {
    let (mut postgres, buckets) = (Postgres::start().await, BucketServer::start());
    let server = host(postgres.url().as_str(), &buckets);
    assert_eq!(server.upload("echo", &echo()).status, 201);
    assert_eq!(server.invoke("echo", b"hello").text(), "hello");

    postgres.stop();
    let one = format!("{MODULES}/echo");
    // What it has seen a moment ago it may still believe.
    while server.get(&one).status == 200 {
        std::thread::yield_now();
    }
    assert_is_told_to_try_again(&server.get(&one));
    assert_is_told_to_try_again(&server.get(MODULES));
    assert_is_told_to_try_again(&server.invoke("echo", b"hello"));
    assert_is_told_to_try_again(&server.upload("other", &echo()));
    assert_is_told_to_try_again(&server.delete("echo"));
    assert_is_told_to_try_again(&server.patch("echo", r#"{"description": "x"}"#));
    assert_eq!(server.get("/ready").status, 200);
    let event = json!({"wasm_module_id": "echo", "input": {"size": 7}}).to_string();
    let accepted = server.post(EXECUTIONS, event.as_bytes());
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let id = accepted.json()["id"].as_str().unwrap().to_owned();
    // It has been tried by then, and was not given up.
    let execution = || server.get(&format!("{EXECUTIONS}/{id}")).json();
    while execution()["attempts"].as_u64().unwrap() < 2 {
        std::thread::yield_now();
    }

    postgres.start_again().await;
    assert_eq!(status(&server, &id), "succeeded");
    assert_eq!(server.invoke("echo", b"hello").text(), "hello");
    assert_eq!(server.get(MODULES).json().as_array().unwrap().len(), 1);
    assert_eq!(server.upload("other", &echo()).status, 201);
    let log = server.end();
    assert!(log.contains("cannot be met for now") || log.contains("could not be met for now"));
    assert!(!log.contains(PASSWORD));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_host_whose_store_is_away_runs_what_it_has_and_goes_on_once_it_is_back() {
    let database = TestDatabase::make().await;
    let mut buckets = BucketServer::start();
    let server = host(&database.url(), &buckets);
    assert_eq!(server.upload("echo", &echo()).status, 201);
    let other = host(&database.url(), &buckets);

    buckets.stop();
    assert_eq!(server.invoke("echo", b"hello").text(), "hello");
    assert_is_told_to_try_again(&other.invoke("echo", b"hello"));
    assert_is_told_to_try_again(&other.get(&format!("{MODULES}/echo/content")));
    let new = pointer("(i32.store8 (local.get $in) (i32.const 33)) (local.get $in)");
    assert_is_told_to_try_again(&server.upload("new", &new));
    // The row goes, and the bytes when they can.
    assert_eq!(server.delete("echo").status, 200);

    buckets.start_again();
    assert_eq!(server.upload("new", &new).status, 201);
    assert_eq!(other.invoke("new", b"hello").text(), "!ello");
    drop(other);
    assert_eq!(buckets.objects("modules").len(), 2);
    drop(server);
    let _again = host(&database.url(), &buckets);
    assert_eq!(buckets.objects("modules").len(), 1);
}
