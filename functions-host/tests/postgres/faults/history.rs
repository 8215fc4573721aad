//! The history that hosts share, while the database is away.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use functions_tests::postgres::Postgres;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::history::{arguments, body, counted, ended, one};
use crate::server::{EXECUTIONS, Server};
use crate::wasm::echo;

/// How many executions may be asked for, and how many were.
#[derive(Default)]
struct Load {
    allowed: AtomicUsize,
    accepted: AtomicUsize,
    stop: AtomicBool,
}

impl Load {
    /// Asks for executions as they are allowed until it is told to stop, and returns what was
    /// accepted.
    fn run(&self, server: &Server, name: &str) -> Vec<Value> {
        let mut accepted = Vec::new();
        while !self.stop.load(Ordering::SeqCst) {
            let take = |allowed: usize| allowed.checked_sub(1);
            let taken = self
                .allowed
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
            if taken.is_err() {
                thread::yield_now();
                continue;
            }
            let n = accepted.len();
            let answer = server.post(EXECUTIONS, &body("echo", &format!("{name}-{n}"), n));
            // The bus may be quicker than the answer.
            assert!(matches!(answer.status, 200 | 202), "{answer:?}");
            accepted.push(answer.json()["id"].clone());
            self.accepted.fetch_add(1, Ordering::SeqCst);
        }
        accepted
    }

    /// Allows so many more, and waits until half of them are accepted.
    fn allow(&self, more: usize) {
        let half = self.accepted.load(Ordering::SeqCst) + more / 2;
        self.allowed.fetch_add(more, Ordering::SeqCst);
        while self.accepted.load(Ordering::SeqCst) < half {
            thread::yield_now();
        }
    }

    /// Waits until all are accepted that were allowed, and ends.
    fn end(&self) {
        while self.allowed.load(Ordering::SeqCst) > 0 {
            thread::yield_now();
        }
        self.stop.store(true, Ordering::SeqCst);
    }
}

/// What is told while the database is away: never that the host has failed.
fn assert_tells_what_it_knows(server: &Server, known: &Value) {
    while counted(server, "history_away") != "1" {
        assert_eq!(one(server, known).status, 200);
    }
    let told = one(server, known);
    assert_eq!(
        (told.status, told.header("x-history-scope")),
        (200, Some("host"))
    );
    let listed = server.get(EXECUTIONS);
    assert_eq!(
        (listed.status, listed.header("x-history-scope")),
        (200, Some("host"))
    );
    // Another host may know of it.
    let unknown = one(server, &json!("00000000-0000-0000-0000-000000000000"));
    assert_eq!(
        (unknown.status, unknown.header("retry-after")),
        (503, Some("1"))
    );
    assert_eq!(
        unknown.detail(),
        "The history that hosts share does not answer; try again"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_database_that_dies_under_load_costs_no_request_and_has_each_once_it_is_back() {
    let (mut postgres, folder) = (Postgres::launch().await, TempDir::new().unwrap());
    let url = postgres.url();
    let arguments = arguments(&url, &folder);
    let (here, there) = (Server::with(&arguments), Server::with(&arguments));
    assert_eq!(here.upload("echo", &echo()).status, 201);
    let first = here.post(EXECUTIONS, &body("echo", "first", 0)).json()["id"].clone();
    let second = there.post(EXECUTIONS, &body("echo", "second", 0)).json()["id"].clone();

    let load = Load::default();
    let runtime = tokio::runtime::Handle::current();
    let mut accepted = thread::scope(|scope| {
        let hosts = [(&here, "here"), (&there, "there")];
        let loads = hosts.map(|(host, name)| scope.spawn(|| load.run(host, name)));
        load.allow(200);
        tokio::task::block_in_place(|| runtime.block_on(postgres.kill()));
        load.allow(100);
        assert_tells_what_it_knows(&here, &first);
        assert_tells_what_it_knows(&there, &second);
        load.allow(100);
        tokio::task::block_in_place(|| runtime.block_on(postgres.start()));
        load.allow(100);
        load.end();
        loads.map(|load| load.join().unwrap()).concat()
    });
    assert_eq!(accepted.len(), 500);
    accepted.extend([first, second]);
    for id in &accepted {
        let told = ended(&here, id);
        assert_eq!(told["status"], "succeeded", "{told}");
        assert_eq!(ended(&there, id), told);
    }
    for server in [&here, &there] {
        let listed = server.get(&format!("{EXECUTIONS}?status=succeeded&limit=1"));
        assert_eq!(listed.header("x-history-scope"), None);
        let total = listed.header("x-total-count").unwrap();
        assert_eq!(total, accepted.len().to_string());
        assert_eq!(counted(server, "history_uncopied"), "0");
        assert_eq!(counted(server, "history_away"), "0");
    }
    let rows = postgres
        .sql("SELECT count(*) FROM executions")
        .await
        .unwrap();
    assert_eq!(rows.trim(), accepted.len().to_string());
}
