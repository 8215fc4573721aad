//! Two hosts, one history.

use serde_json::{Value, json};
use sqlx::Executor as _;
use tempfile::TempDir;
use url::Url;

use crate::database::TestDatabase;
use crate::http::{Answer, send};
use crate::server::{EXECUTIONS, Server};
use crate::wasm::{echo, slow};
use crate::wire::Wire;

/// The arguments of hosts that share a database and a folder of modules.
pub(crate) fn arguments<'a>(database: &'a str, folder: &'a TempDir) -> [&'a str; 6] {
    let folder = folder.path().to_str().unwrap();
    [
        "--database-url",
        database,
        "--module-store",
        folder,
        "--log-level",
        "DEBUG",
    ]
}

pub(crate) fn body(module: &str, id: &str, n: usize) -> Vec<u8> {
    let body = json!({"wasm_module_id": module, "request_id": id, "input": {"n": n}});
    body.to_string().into_bytes()
}

fn submit(server: &Server, id: &str) -> Answer {
    server.post(EXECUTIONS, &body("echo", id, 1))
}

fn run(server: &Server, module: &str, id: &str) -> Value {
    let path = format!("{EXECUTIONS}?wait=true&wait_seconds=120");
    let answer = server.post(&path, &body(module, id, 1));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

pub(crate) fn one(server: &Server, id: &Value) -> Answer {
    server.get(&format!("{EXECUTIONS}/{}", id.as_str().unwrap()))
}

/// The execution at a host, once it is at its end there.
pub(crate) fn ended(server: &Server, id: &Value) -> Value {
    loop {
        let answer = one(server, id);
        if answer.status == 200 && !answer.json()["finished_at"].is_null() {
            return answer.json();
        }
        std::thread::yield_now();
    }
}

/// What a host counts.
pub(crate) fn counted(server: &Server, name: &str) -> String {
    let metrics = server.get("/metrics");
    let begin = format!("functions_host_{name} ");
    let mut lines = metrics.text().lines();
    let value = lines.find_map(|line| line.strip_prefix(&begin));
    value.unwrap_or("0").to_owned()
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn what_was_asked_for_at_one_host_is_told_by_another_as_if_it_were_its_own() {
    let (database, folder) = (TestDatabase::make().await, TempDir::new().unwrap());
    let url = database.url();
    let arguments = arguments(&url, &folder);
    let (here, there) = (Server::with(&arguments), Server::with(&arguments));
    for (id, module) in [("echo", echo()), ("slow", slow(400_000_000))] {
        assert_eq!(here.upload(id, &module).status, 201);
    }
    // At once at any host: whoever asks may be sent to another next time.
    let accepted = submit(&here, "1");
    assert!(matches!(accepted.status, 200 | 202), "{accepted:?}");
    let id = accepted.json()["id"].clone();
    assert_eq!(one(&there, &id).status, 200);
    let at_home = ended(&here, &id);
    assert_eq!(ended(&there, &id), at_home);
    assert_eq!(at_home["results"], json!({"n": "1"}));

    // Asked for again at another host it is not carried out again.
    let again = submit(&there, "1");
    assert_eq!((again.status, again.json()), (200, at_home.clone()));
    assert_eq!(run(&there, "echo", "1"), at_home);
    let different = there.post(EXECUTIONS, &body("echo", "1", 2));
    assert_eq!(different.status, 409, "{different:?}");
    assert!(different.detail().contains("'1'"), "{different:?}");
    let ran = r#"executions_total{trigger="event",outcome="succeeded"}"#;
    assert_eq!(
        (counted(&here, ran).as_str(), counted(&there, ran).as_str()),
        ("1", "0")
    );
    let retry = format!("{EXECUTIONS}/{}/retry?wait=true", id.as_str().unwrap());
    let retried = there.post(&retry, b"");
    assert_eq!((retried.status, &retried.json()["retry_of"]), (200, &id));

    // Who waits at another host hears of the end.
    let accepted = here.post(EXECUTIONS, &body("slow", "2", 1));
    assert!(matches!(accepted.status, 200 | 202), "{accepted:?}");
    let waited = run(&there, "slow", "2");
    assert_eq!(waited["status"], "succeeded", "{waited}");
    assert_eq!(waited, ended(&here, &waited["id"]));

    let list = |server: &Server, query: &str| {
        let listed = server.get(&format!("{EXECUTIONS}{query}"));
        assert_eq!(
            (listed.status, listed.header("x-history-scope")),
            (200, None)
        );
        let total = listed.header("x-total-count").unwrap().to_owned();
        (listed.json(), total)
    };
    for (query, total) in [
        ("", "3"),
        ("?wasm_module_id=slow", "1"),
        ("?status=failed", "0"),
        ("?status=succeeded&skip=1&limit=1", "3"),
        ("?until=2026-01-01T00:00:00Z", "0"),
    ] {
        let told = list(&here, query);
        assert_eq!((&told, &*told.1), (&list(&there, query), total), "{query}");
    }
    let nobody = one(&there, &json!("00000000-0000-0000-0000-000000000000"));
    assert_eq!(nobody.status, 404);
    assert_eq!(counted(&here, "history_away"), "0");
    assert_eq!(counted(&here, "history_uncopied"), "0");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn nobody_sees_executions_of_another_tenant_at_another_host() {
    let (database, folder) = (TestDatabase::make().await, TempDir::new().unwrap());
    let url = database.url();
    let arguments = [&arguments(&url, &folder)[..], &["--trust-gateway"]].concat();
    let (here, there) = (Server::with(&arguments), Server::with(&arguments));
    assert_eq!(here.upload("echo", &echo()).status, 201);
    let accepted = here.post_as("acme", EXECUTIONS, &body("echo", "1", 1));
    assert!(matches!(accepted.status, 200 | 202), "{accepted:?}");
    let path = accepted.header("location").unwrap();
    assert_eq!(there.get_as("acme", path).status, 200);
    assert_eq!(there.get_as("other", path).status, 404);
    let listed = there.get_as("other", EXECUTIONS);
    assert_eq!(listed.header("x-total-count"), Some("0"));
    // Its id is that of another execution there.
    let same = there.post_as("other", EXECUTIONS, &body("echo", "1", 2));
    assert!(matches!(same.status, 200 | 202), "{same:?}");
    assert_ne!(same.json()["id"], accepted.json()["id"]);
    let headers = [("x-tid", "acme")];
    let foreign = format!("{EXECUTIONS}?tenant_id=other");
    let refused = send(there.address, "GET", &foreign, &headers, b"");
    assert_eq!(refused.status, 403);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_host_that_is_killed_between_an_end_and_its_copy_copies_it_once_it_is_back() {
    let (database, folder) = (TestDatabase::make().await, TempDir::new().unwrap());
    let url = database.url();
    let arguments = arguments(&url, &folder);
    let (mut here, there) = (Server::with(&arguments), Server::with(&arguments));
    assert_eq!(here.upload("echo", &echo()).status, 201);
    let mut holding = database.connect().await;
    // All is read, and nothing is written.
    let hold = "BEGIN; LOCK TABLE executions IN EXCLUSIVE MODE";
    holding.execute(sqlx::raw_sql(hold)).await.unwrap();
    let at_home = run(&here, "echo", "1");
    assert_eq!(at_home["status"], "succeeded");
    assert_eq!(one(&there, &at_home["id"]).status, 404);
    // It knows, and what it tells of all hosts lacks that.
    assert_eq!(one(&here, &at_home["id"]).json(), at_home);
    let listed = here.get(EXECUTIONS);
    assert_eq!(
        (listed.status, listed.header("x-history-scope")),
        (200, Some("behind"))
    );
    assert_eq!(listed.header("x-total-count"), Some("0"));
    assert_ne!(counted(&here, "history_uncopied"), "0");
    here.kill();
    // Whoever waits for the table would write for a host that is dead.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    holding.execute(end).await.unwrap();
    let waits = "SELECT count(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waits)
        .fetch_one(&mut holding)
        .await
        .unwrap()
        > 0
    {}
    holding.execute("COMMIT").await.unwrap();
    assert_eq!(one(&there, &at_home["id"]).status, 404);

    let here = here.killed_and_restarted_with(&arguments, |_| {});
    assert_eq!(ended(&there, &at_home["id"]), at_home);
    assert_eq!(one(&here, &at_home["id"]).json(), at_home);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_database_that_falls_silent_keeps_nobody_from_what_the_host_knows() {
    let (database, folder) = (TestDatabase::make().await, TempDir::new().unwrap());
    let mut url: Url = database.url().parse().unwrap();
    let wire = Wire::to(url.port().unwrap_or(5432)).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(wire.address().port())).unwrap();
    let host = Server::with(&arguments(url.as_str(), &folder));
    assert_eq!(host.upload("echo", &echo()).status, 201);
    let known = run(&host, "echo", "1");
    let unknown = json!("00000000-0000-0000-0000-000000000000");
    assert_eq!(one(&host, &unknown).status, 404);

    wire.fall_silent(true);
    let told = one(&host, &known["id"]);
    assert_eq!(
        (told.status, told.header("x-history-scope")),
        (200, Some("host"))
    );
    assert_eq!(told.json(), known);
    assert_eq!(one(&host, &unknown).status, 503);
    let listed = host.get(EXECUTIONS);
    assert_eq!(
        (listed.status, listed.header("x-history-scope")),
        (200, Some("host"))
    );
    assert_eq!(listed.json()[0]["id"], known["id"]);

    wire.fall_silent(false);
    while one(&host, &unknown).status != 404 {
        std::thread::yield_now();
    }
    let told = one(&host, &known["id"]);
    assert_eq!((told.json(), told.header("x-history-scope")), (known, None));
}
