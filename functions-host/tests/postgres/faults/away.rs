//! The database is away for a while.

use functions_tests::postgres::Postgres;
use serde_json::json;
use url::Url;

use crate::bucket::BucketServer;
use crate::server::{EXECUTIONS, MODULES, Server};
use crate::wasm::echo;
use crate::{assert_is_told_to_try_again, host};

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
    let (mut postgres, buckets) = (Postgres::launch().await, BucketServer::start());
    let server = host(&postgres.url(), &buckets);
    assert_eq!(server.upload("echo", &echo()).status, 201);
    assert_eq!(server.invoke("echo", b"hello").text(), "hello");

    postgres.kill().await;
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

    postgres.start().await;
    assert_eq!(status(&server, &id), "succeeded");
    assert_eq!(server.invoke("echo", b"hello").text(), "hello");
    assert_eq!(server.get(MODULES).json().as_array().unwrap().len(), 1);
    assert_eq!(server.upload("other", &echo()).status, 201);
    let log = server.end();
    assert!(log.contains("A request could not be met for now"), "{log}");
    let url: Url = postgres.url().parse().unwrap();
    assert!(!log.contains(url.password().unwrap()));
}
