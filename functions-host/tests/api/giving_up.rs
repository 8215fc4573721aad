//! Requests that are given up, and what can be done with them.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::http::send;
use crate::server::{EXECUTIONS, Server};
use crate::wasm::echo;

const LETTERS: &str = "/api/v1/dead-letters";

fn wait(server: &Server, tenant: &str, id: &str) -> Value {
    let body = json!({"wasm_module_id": "echo", "input": {}, "request_id": id});
    let path = format!("{EXECUTIONS}?wait=true&wait_seconds=120");
    let answer = server.post_as(tenant, &path, body.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// The dead letters of a tenant, once there are so many: an outcome is told a moment before
/// its request is put there.
fn letters(server: &Server, tenant: &str, many: usize) -> Value {
    loop {
        let letters = server.get_as(tenant, LETTERS);
        if letters.header("x-total-count") == Some(&many.to_string()) {
            return letters.json();
        }
        std::thread::yield_now();
    }
}

fn bytes(folder: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(folder.join("modules")).unwrap();
    let file = files.find_map(|entry| {
        let path = entry.unwrap().path();
        path.extension().is_some().then_some(path)
    });
    file.unwrap()
}

/// A host whose disk has lost the bytes of its one module and what was compiled of it.
fn crippled() -> (Server, PathBuf) {
    let server = Server::start();
    assert_eq!(server.upload("echo", &echo()).status, 201);
    let flags = ["--trust-gateway", "--max-attempts", "1"];
    let mut lost = PathBuf::new();
    let server = server.killed_and_restarted_with(&flags, |folder| {
        lost = bytes(folder);
        std::fs::remove_file(&lost).unwrap();
        std::fs::remove_dir_all(folder.join("artifacts")).unwrap();
    });
    (server, lost)
}

#[test]
fn trouble_of_the_host_ends_in_a_dead_letter_that_can_be_replayed_or_discarded() {
    let (server, lost) = crippled();
    let first = wait(&server, "a", "1");
    assert_eq!(
        (&first["status"], &first["fault"]),
        (&json!("failed"), &json!("attempts"))
    );
    assert!(
        first["error"]
            .as_str()
            .unwrap()
            .contains("given up at attempt 1: "),
        "{first}"
    );
    wait(&server, "b", "1");
    wait(&server, "a", "2");

    let letters = letters(&server, "a", 2);
    assert_eq!(
        (&letters[0]["request_id"], &letters[1]["request_id"]),
        (&json!("2"), &json!("1"))
    );
    let letter = &letters[1];
    assert_eq!(
        (&letter["execution_id"], &letter["attempts"]),
        (&first["id"], &json!(1))
    );
    assert_eq!(letter["reason"], first["error"]);
    assert_eq!(
        server.get_as("a", "/api/v1/status").json()["backlog"]["dead"],
        2
    );
    let path = format!("{LETTERS}/{}", letter["id"].as_str().unwrap());
    assert_eq!(server.get_as("a", &path).json(), *letter);
    assert_eq!(server.get_as("b", &path).status, 404);
    assert_eq!(
        server.post_as("b", &format!("{path}/replay"), b"").status,
        404
    );

    // The file is put back, and the request tried once more.
    std::fs::write(lost, echo()).unwrap();
    let replayed = server.post_as("a", &format!("{path}/replay"), b"");
    assert_eq!(replayed.status, 202, "{replayed:?}");
    let replayed = replayed.json();
    assert_eq!(replayed["retry_of"], first["id"]);
    let ended = wait(&server, "a", replayed["request_id"].as_str().unwrap());
    assert_eq!(
        (&ended["id"], &ended["status"]),
        (&replayed["id"], &json!("succeeded"))
    );
    assert_eq!(
        server.post_as("a", &format!("{path}/replay"), b"").status,
        404
    );
    // What became of the first stays.
    assert_eq!(wait(&server, "a", "1"), first);

    let path = format!("{LETTERS}/{}", letters[0]["id"].as_str().unwrap());
    let discard = |tenant| send(server.address, "DELETE", &path, &[("x-tid", tenant)], b"");
    assert_eq!(discard("b").status, 404);
    let discarded = discard("a");
    assert_eq!(
        (discarded.status, discarded.json()),
        (200, letters[0].clone())
    );
    assert_eq!(discard("a").status, 404);
    assert_eq!(server.get_as("a", LETTERS).json(), json!([]));
    self::letters(&server, "b", 1);
}

#[test]
fn trouble_that_passes_is_an_execution_that_waits_and_then_ends() {
    let (server, lost) = crippled();
    let flags = ["--max-attempts", "3"];
    let server = server.killed_and_restarted_with(&flags, |_| {});
    let body = json!({"wasm_module_id": "echo", "input": {"n": 1}, "request_id": "1"});
    let body = body.to_string();
    let path = server.post(EXECUTIONS, body.as_bytes()).json()["id"].clone();
    let path = format!("{EXECUTIONS}/{}", path.as_str().unwrap());
    let waiting = loop {
        let execution = server.get(&path).json();
        if execution["error"] != Value::Null {
            break execution;
        }
        std::thread::yield_now();
    };
    assert_eq!(waiting["status"], "queued", "{waiting}");
    std::fs::write(lost, echo()).unwrap();
    let wait = format!("{EXECUTIONS}?wait=true&wait_seconds=120");
    let ended = server.post(&wait, body.as_bytes()).json();
    assert_eq!(
        (&ended["status"], &ended["error"]),
        (&json!("succeeded"), &Value::Null)
    );
    assert!(ended["attempts"].as_u64().unwrap() >= 2, "{ended}");
}
