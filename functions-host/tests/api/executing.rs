//! Executions asked for, waited for, listed and asked for again.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{Answer, send};
use crate::server::{EXECUTIONS, Server};
use crate::wasm::{echo, pointer, spin};

fn body(module: &str, id: &str, input: Value) -> Vec<u8> {
    let body = json!({"wasm_module_id": module, "request_id": id, "input": input});
    body.to_string().into_bytes()
}

fn submit(server: &Server, module: &str, id: &str, input: Value) -> Answer {
    server.post(EXECUTIONS, &body(module, id, input))
}

fn wait(server: &Server, module: &str, id: &str, input: Value) -> Value {
    let path = format!("{EXECUTIONS}?wait=true&wait_seconds=120");
    let answer = server.post(&path, &body(module, id, input));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn with_modules(flags: &[&str]) -> Server {
    let server = Server::with(flags);
    for (id, module) in [
        ("echo", echo()),
        ("trap", pointer("unreachable")),
        ("spin", spin()),
    ] {
        assert_eq!(server.upload(id, &module).status, 201);
    }
    server
}

#[test]
fn an_execution_is_accepted_at_once_and_its_outcome_can_be_waited_for() {
    let server = with_modules(&[]);
    let accepted = submit(&server, "echo", "1", json!({"a": "text", "b": [1, 2]}));
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let told = accepted.json();
    let id = told["id"].as_str().unwrap();
    let path = accepted.header("location").unwrap();
    assert_eq!(path, format!("{EXECUTIONS}/{id}"));
    let ended = wait(&server, "echo", "1", json!({"a": "text", "b": [1, 2]}));
    assert_eq!(ended["id"], told["id"]);
    assert_eq!(ended["status"], "succeeded");
    assert_eq!(ended["results"], json!({"a": "text", "b": "[1,2]"}));
    assert_eq!(
        (&ended["attempts"], &ended["tenant_id"]),
        (&json!(1), &json!("default"))
    );
    assert!(ended["duration_seconds"].as_f64().unwrap() > 0.0);
    assert!(ended["memory_bytes"].as_u64().unwrap() >= 65536);
    assert!(ended["finished_at"].as_str() >= ended["created_at"].as_str());
    assert_eq!(server.get(path).json(), ended);
    let uri = ended["asset_uri"].as_str().unwrap();
    assert!(
        uri.starts_with("data:application/octet-stream;base64,"),
        "{uri}"
    );
}

#[test]
fn a_repeated_request_gets_the_stored_outcome_and_another_content_is_a_conflict() {
    let server = with_modules(&[]);
    let first = wait(&server, "echo", "same", json!({"n": 1}));
    let again = submit(&server, "echo", "same", json!({"n": 1}));
    assert_eq!((again.status, again.json()), (200, first.clone()));
    for (module, input) in [("echo", json!({"n": 2})), ("trap", json!({"n": 1}))] {
        let other = submit(&server, module, "same", input);
        assert_eq!(other.status, 409);
        assert!(other.detail().contains("'same'"), "{other:?}");
    }
    // The same after a restart, with the id in a header.
    let server = server.killed_and_restarted();
    let headers = [("idempotency-key", "\"same\"")];
    let body = json!({"wasm_module_id": "echo", "input": {"n": 1}}).to_string();
    let again = send(
        server.address,
        "POST",
        EXECUTIONS,
        &headers,
        body.as_bytes(),
    );
    assert_eq!((again.status, again.json()), (200, first));
    // Without an id every request is a new one.
    let ids = [0, 1].map(|_| server.post(EXECUTIONS, body.as_bytes()).json()["id"].clone());
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn what_is_wrong_with_a_request_its_module_or_its_output_is_one_failure() {
    let server = with_modules(&["--limit-cpu-time", "0.05"]);
    for (module, input, fault, said) in [
        ("trap", json!({}), "trap", "trapped"),
        ("spin", json!({}), "cpu-time", "CPU time"),
        ("nothing", json!({}), "module", "'nothing' not found"),
        ("echo", json!("no object"), "results", "no JSON object"),
        ("echo", json!([1]), "results", "no JSON object"),
    ] {
        let ended = wait(
            &server,
            module,
            &format!("{module} {input}").replace(' ', "-"),
            input,
        );
        assert_eq!(ended["status"], "failed", "{ended}");
        assert_eq!(
            (&ended["fault"], &ended["attempts"]),
            (&json!(fault), &json!(1))
        );
        assert!(ended["error"].as_str().unwrap().contains(said), "{ended}");
        assert_eq!(ended["results"], Value::Null);
    }
    let nowhere = json!({
        "wasm_module_id": "echo", "asset_id": "a", "asset_uri": "gopher://127.0.0.1/asset",
    });
    let path = format!("{EXECUTIONS}?wait=true&wait_seconds=120");
    let ended = server.post(&path, nowhere.to_string().as_bytes()).json();
    assert_eq!(
        (&ended["status"], &ended["fault"]),
        (&json!("failed"), &json!("asset"))
    );
    assert_eq!(server.get("/api/v1/dead-letters").json(), json!([]));
}

#[test]
fn an_asset_is_fetched_from_where_the_operator_allows_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("open");
    std::fs::create_dir(&inside).unwrap();
    std::fs::write(inside.join("asset.json"), r#"{"from": "a file"}"#).unwrap();
    std::fs::write(folder.path().join("secret.json"), r#"{"from": "outside"}"#).unwrap();
    let server = with_modules(&["--asset-folders", inside.to_str().unwrap()]);
    let path = format!("{EXECUTIONS}?wait=true&wait_seconds=120");
    let ask = |uri: String| {
        let request = json!({"wasm_module_id": "echo", "asset_id": "a", "asset_uri": uri});
        server.post(&path, request.to_string().as_bytes()).json()
    };
    let fetched = ask(format!("file://{}/asset.json", inside.display()));
    assert_eq!(fetched["results"], json!({"from": "a file"}), "{fetched}");
    for refused in [
        format!("file://{}/secret.json", folder.path().display()),
        format!("file://{}/../secret.json", inside.display()),
        format!("http://{}/health", server.address),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "s3://bucket/key".to_owned(),
    ] {
        let ended = ask(refused);
        let told = (&ended["status"], &ended["fault"], &ended["attempts"]);
        assert_eq!(
            told,
            (&json!("failed"), &json!("asset"), &json!(1)),
            "{ended}"
        );
    }
}

#[test]
fn a_command_tells_its_results_and_its_noise() {
    let server = Server::start();
    let command = wat::parse_str(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write"
                (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\10\00\00\00\0b\00\00\00")
            (data (i32.const 16) "{\"k\":\"out\"}")
            (data (i32.const 40) "\30\00\00\00\05\00\00\00")
            (data (i32.const 48) "noise")
            (func (export "_start")
                (drop (call $write (i32.const 2) (i32.const 40) (i32.const 1) (i32.const 100)))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))"#,
    );
    assert_eq!(server.upload("command", &command.unwrap()).status, 201);
    let ended = wait(&server, "command", "1", json!(""));
    assert_eq!(ended["results"], json!({"k": "out"}), "{ended}");
    assert_eq!(
        (&ended["stderr"], &ended["stdout"]),
        (&json!("noise"), &json!("{\"k\":\"out\"}"))
    );
}

#[test]
fn executions_are_listed_by_module_status_tenant_and_time() {
    let server = with_modules(&[]);
    for n in 0..3 {
        wait(&server, "echo", &n.to_string(), json!({}));
    }
    let middle = wait(&server, "trap", "3", json!({}));
    let other = json!({"wasm_module_id": "echo", "input": {}, "tenant_id": "other"});
    let path = format!("{EXECUTIONS}?wait=true&wait_seconds=120");
    assert_eq!(server.post(&path, other.to_string().as_bytes()).status, 200);
    let count = |query: &str| {
        let listed = server.get(&format!("{EXECUTIONS}?{query}"));
        assert_eq!(listed.status, 200, "{listed:?}");
        let many = listed.json().as_array().unwrap().len();
        (many, listed.header("x-total-count").unwrap().to_owned())
    };
    assert_eq!(count(""), (5, "5".to_owned()));
    assert_eq!(count("limit=2&skip=4"), (1, "5".to_owned()));
    assert_eq!(
        count("wasm_module_id=echo&tenant_id=default"),
        (3, "3".to_owned())
    );
    assert_eq!(count("status=failed"), (1, "1".to_owned()));
    assert_eq!(count("status=queued"), (0, "0".to_owned()));
    let time = middle["created_at"].as_str().unwrap();
    assert_eq!(count(&format!("since={time}")), (2, "2".to_owned()));
    assert_eq!(count(&format!("until={time}")), (3, "3".to_owned()));
    let newest = &server.get(EXECUTIONS).json()[0];
    assert_eq!(newest["tenant_id"], "other");
    assert!(newest.get("results").is_none());
    for wrong in ["status=done", "since=yesterday", "limit=0", "tenant_id=a/b"] {
        let refused = server.get(&format!("{EXECUTIONS}?{wrong}"));
        let name = wrong.split('=').next().unwrap();
        assert_eq!(refused.loc(), format!("query.{name}"));
    }
}

#[test]
fn an_execution_that_has_ended_can_be_asked_for_again_and_one_that_runs_cannot() {
    let server = with_modules(&["--limit-wall-clock", "600", "--limit-cpu-time", "600"]);
    let failed = wait(&server, "trap", "1", json!({"n": 1}));
    let retry = format!("{EXECUTIONS}/{}/retry", failed["id"].as_str().unwrap());
    let again = server.post(&format!("{retry}?wait=true&wait_seconds=120"), b"");
    assert_eq!(again.status, 200, "{again:?}");
    let again = again.json();
    assert_ne!(again["id"], failed["id"]);
    assert_eq!(again["retry_of"], failed["id"]);
    assert_eq!(again["asset_uri"], failed["asset_uri"]);
    assert_eq!(again["status"], "failed");
    // The same key is the same wish.
    let keyed = || {
        send(
            server.address,
            "POST",
            &retry,
            &[("idempotency-key", "key")],
            b"",
        )
    };
    let (one, two) = (keyed(), keyed());
    assert_eq!((one.status, two.status), (202, 200));
    assert_eq!(one.json()["id"], two.json()["id"]);

    let running = submit(&server, "spin", "2", json!({})).json();
    let retry = format!("{EXECUTIONS}/{}/retry", running["id"].as_str().unwrap());
    let refused = server.post(&retry, b"");
    assert_eq!(refused.status, 409);
    assert!(
        refused.detail().contains("once it has ended"),
        "{refused:?}"
    );
    let nobody = "00000000-0000-0000-0000-000000000000";
    for id in [nobody, "x", "..%2f.."] {
        assert_eq!(
            server.post(&format!("{EXECUTIONS}/{id}/retry"), b"").status,
            404
        );
        assert_eq!(server.get(&format!("{EXECUTIONS}/{id}")).status, 404);
    }
}

#[test]
fn who_waits_longer_than_allowed_is_told_how_it_stands() {
    let server = with_modules(&["--limit-wall-clock", "600", "--limit-cpu-time", "600"]);
    let path = format!("{EXECUTIONS}?wait=true&wait_seconds=0.05");
    let answer = server.post(&path, &body("spin", "1", json!({})));
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json()["results"], Value::Null);
    for wrong in [
        "wait=perhaps",
        "wait_seconds=-1",
        "wait_seconds=301",
        "wait_seconds=nan",
    ] {
        let refused = server.post(
            &format!("{EXECUTIONS}?{wrong}"),
            &body("echo", "2", json!({})),
        );
        let name = wrong.split('=').next().unwrap();
        assert_eq!(refused.loc(), format!("query.{name}"));
    }
}

#[test]
fn a_full_backlog_is_told_and_takes_nothing() {
    let flags = [
        "--max-backlog-per-tenant",
        "2",
        "--limit-wall-clock",
        "600",
        "--limit-cpu-time",
        "600",
    ];
    let server = with_modules(&flags);
    for id in ["1", "2"] {
        assert_eq!(submit(&server, "spin", id, json!({})).status, 202);
    }
    let full = submit(&server, "spin", "3", json!({}));
    assert_eq!(full.status, 503, "{full:?}");
    assert_eq!(full.header("retry-after"), Some("1"));
    assert!(
        full.detail().contains("2 requests of this tenant wait"),
        "{full:?}"
    );
    assert_eq!(server.get(EXECUTIONS).header("x-total-count"), Some("2"));
    // One that is there already takes no room.
    assert_eq!(submit(&server, "spin", "1", json!({})).status, 200);
    let other = json!({"wasm_module_id": "echo", "input": {}, "tenant_id": "other"});
    let path = format!("{EXECUTIONS}?wait=true&wait_seconds=120");
    assert_eq!(server.post(&path, other.to_string().as_bytes()).status, 200);
    let status = server.get("/api/v1/status").json();
    let own = &status["tenants"]["default"];
    let held = own["waiting"].as_u64().unwrap() + own["in_flight"].as_u64().unwrap();
    assert_eq!(held, 2, "{status}");
}

#[test]
fn a_tenant_has_the_backlog_of_the_file() {
    let tenants = "
        [default]
        max_backlog = 2

        [tenant.small]
        max_backlog = 1
    ";
    let slow = ["--limit-wall-clock", "600", "--limit-cpu-time", "600"];
    let server = Server::with_tenants(tenants, &slow);
    assert_eq!(server.upload("spin", &spin()).status, 201);
    for (tenant, has) in [("small", 1), ("other", 2)] {
        let request = json!({"wasm_module_id": "spin", "input": {}, "tenant_id": tenant});
        let submit = || {
            server
                .post(EXECUTIONS, request.to_string().as_bytes())
                .status
        };
        for _ in 0..has {
            assert_eq!(submit(), 202, "{tenant}");
        }
        assert_eq!(submit(), 503, "{tenant}");
    }
}

#[test]
fn tenants_are_kept_apart_where_a_gateway_is_trusted() {
    let server = with_modules(&["--trust-gateway"]);
    let path = format!("{EXECUTIONS}?wait=true&wait_seconds=120");
    let of_a = server.post_as("a", &path, &body("echo", "1", json!({"of": "a"})));
    let of_b = server.post_as("b", &path, &body("echo", "1", json!({"of": "b"})));
    assert_eq!((of_a.status, of_b.status), (200, 200));
    let (of_a, of_b) = (of_a.json(), of_b.json());
    assert_ne!(of_a["id"], of_b["id"]);
    assert_eq!(of_b["results"]["of"], "b");

    let other = json!({"wasm_module_id": "echo", "input": {}, "tenant_id": "b"}).to_string();
    let forbidden = server.post_as("a", EXECUTIONS, other.as_bytes());
    assert_eq!(forbidden.status, 403, "{forbidden:?}");
    let path = format!("{EXECUTIONS}/{}", of_b["id"].as_str().unwrap());
    assert_eq!(server.get_as("a", &path).status, 404);
    assert_eq!(
        server.post_as("a", &format!("{path}/retry"), b"").status,
        404
    );
    assert_eq!(server.get_as("b", &path).status, 200);
    let seen = server.get_as("a", EXECUTIONS);
    assert_eq!(seen.header("x-total-count"), Some("1"));
    assert_eq!(seen.json()[0]["id"], of_a["id"]);
    for path in [
        EXECUTIONS,
        "/api/v1/dead-letters",
        "/api/v1/executions/stream",
    ] {
        assert_eq!(
            server.get_as("a", &format!("{path}?tenant_id=b")).status,
            403
        );
    }
    let status = server.get_as("a", "/api/v1/status").json();
    assert!(status["tenants"].get("b").is_none(), "{status}");
}

#[test]
fn a_malformed_request_is_told_with_every_place() {
    let server = Server::start();
    for (body, loc) in [
        ("", "body"),
        ("[]", "body"),
        ("{}", "body.wasm_module_id"),
        (
            r#"{"wasm_module_id": "a/b", "input": 1}"#,
            "body.wasm_module_id",
        ),
        (r#"{"wasm_module_id": "m"}"#, "body.asset_uri"),
        (
            r#"{"wasm_module_id": "m", "asset_uri": "data:,"}"#,
            "body.asset_id",
        ),
        (
            r#"{"wasm_module_id": "m", "asset_id": "a", "asset_uri": 1}"#,
            "body.asset_uri",
        ),
        (
            r#"{"wasm_module_id": "m", "asset_uri": "data:,", "input": 1}"#,
            "body.input",
        ),
        (
            r#"{"wasm_module_id": "m", "input": 1, "tenant_id": "a b"}"#,
            "body.tenant_id",
        ),
        (
            r#"{"wasm_module_id": "m", "input": 1, "request_id": "a b"}"#,
            "body.request_id",
        ),
        (
            r#"{"wasm_module_id": "m", "input": 1, "request_id": 1}"#,
            "body.request_id",
        ),
    ] {
        assert_eq!(
            server.post(EXECUTIONS, body.as_bytes()).loc(),
            loc,
            "{body}"
        );
    }
    let wrong = server.post(EXECUTIONS, br#"{"tenant_id": "", "request_id": ""}"#);
    assert_eq!(
        wrong.json()["detail"].as_array().unwrap().len(),
        4,
        "{wrong:?}"
    );
    let long = "x".repeat(9_000);
    let body = json!({"wasm_module_id": "m", "asset_id": "a", "asset_uri": format!("http:{long}")});
    assert_eq!(
        server.post(EXECUTIONS, body.to_string().as_bytes()).loc(),
        "body.asset_uri"
    );
    let input = json!({"wasm_module_id": "m", "input": "x".repeat((1 << 20) + 1)});
    assert_eq!(
        server.post(EXECUTIONS, input.to_string().as_bytes()).loc(),
        "body.input"
    );
    let headers = [("idempotency-key", "two words")];
    let key = send(server.address, "POST", EXECUTIONS, &headers, b"{}");
    assert_eq!(key.status, 400);
    assert_eq!(server.get(EXECUTIONS).json(), json!([]));
}

#[test]
fn what_runs_at_the_end_of_a_host_runs_again_with_the_next() {
    let flags = [
        "--limit-wall-clock",
        "600",
        "--limit-cpu-time",
        "600",
        "--shutdown-timeout",
        "0.2",
    ];
    let mut server = with_modules(&flags);
    let running = submit(&server, "spin", "1", json!({})).json();
    let path = format!("{EXECUTIONS}/{}", running["id"].as_str().unwrap());
    while server.get(&path).json()["status"] != "running" {
        thread::sleep(Duration::from_millis(5));
    }
    // Whoever waits is let go with the state at the end.
    let waited = thread::scope(|scope| {
        let waits = scope.spawn(|| {
            let path = format!("{EXECUTIONS}?wait=true&wait_seconds=300");
            server.post(&path, &body("spin", "1", json!({})))
        });
        while server.get("/ready").json()["requests"] != 2 {
            thread::sleep(Duration::from_millis(5));
        }
        server.terminate();
        waits.join().unwrap()
    });
    assert_eq!(
        (waited.status, &waited.json()["status"]),
        (202, &json!("running"))
    );
    assert!(server.wait().success());
    let flags = ["--limit-cpu-time", "0.05"];
    let server = server.restarted_with(&flags);
    let ended = wait(&server, "spin", "1", json!({}));
    assert_eq!(
        (&ended["fault"], &ended["attempts"]),
        (&json!("cpu-time"), &json!(2))
    );
}

#[test]
fn a_second_host_on_the_same_folder_ends_with_one_line() {
    let server = Server::start();
    let output = crate::server::command(server.folder())
        .args(["--port", "0"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("another host works with"), "{said}");
    assert_eq!(server.get("/health").status, 200);
}
