//! Completions followed as they happen.

use serde_json::json;

use crate::http::{Event, Events};
use crate::server::{EXECUTIONS, Server};
use crate::wasm::{echo, pointer};

const STREAM: &str = "/api/v1/executions/stream";

fn run(server: &Server, tenant: &str, module: &str, n: usize) {
    let body = json!({
        "wasm_module_id": module, "input": {"n": n}, "asset_id": format!("asset-{n}"),
        "tenant_id": tenant,
    });
    let path = format!("{EXECUTIONS}?wait=true&wait_seconds=120");
    let answer = server.post_as(tenant, &path, body.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn assets(events: &[Event]) -> Vec<&str> {
    let assets = events.iter().map(|event| event.data["asset_id"].as_str());
    assets.map(Option::unwrap).collect()
}

fn take(events: &mut Events, many: usize) -> Vec<Event> {
    (0..many).map(|_| events.next().unwrap()).collect()
}

#[test]
fn who_follows_sees_what_ends_from_then_on_and_goes_on_where_it_left() {
    let server = Server::start();
    assert_eq!(server.upload("echo", &echo()).status, 201);
    assert_eq!(server.upload("trap", &pointer("unreachable")).status, 201);
    run(&server, "default", "echo", 0);
    let mut events = Events::follow(server.address, STREAM, &[]);
    run(&server, "default", "echo", 1);
    run(&server, "default", "trap", 2);
    let seen = take(&mut events, 2);
    assert_eq!(assets(&seen), ["asset-1", "asset-2"]);
    assert_eq!(seen[0].id + 1, seen[1].id);
    let (success, failure) = (&seen[0].data, &seen[1].data);
    assert_eq!(
        (&success["status"], &success["results"]["n"]),
        (&json!("SUCCESS"), &json!("1"))
    );
    assert_eq!(success["error_message"], json!(null));
    assert_eq!(
        (&failure["status"], &failure["results"]),
        (&json!("FAILURE"), &json!(null))
    );
    assert!(
        failure["error_message"]
            .as_str()
            .unwrap()
            .contains("trapped")
    );
    assert_eq!(failure["tenant_id"], "default");
    assert!(failure["event_timestamp"].as_i64().unwrap() > 1_600_000_000_000);

    // After a restart too: more than are read at once, and then those that come.
    for n in 3..150 {
        run(&server, "default", "echo", n);
    }
    let server = server.killed_and_restarted();
    let last = seen[1].id.to_string();
    let mut events = Events::follow(server.address, STREAM, &[("last-event-id", &last)]);
    let seen = take(&mut events, 147);
    let expected: Vec<_> = (3..150).map(|n| format!("asset-{n}")).collect();
    assert_eq!(assets(&seen), expected);
    run(&server, "default", "echo", 150);
    assert_eq!(assets(&take(&mut events, 1)), ["asset-150"]);
    let wrong = crate::http::send(
        server.address,
        "GET",
        STREAM,
        &[("last-event-id", "x")],
        b"",
    );
    assert_eq!(wrong.status, 400);
}

#[test]
fn who_follows_sees_its_own_tenant_and_is_let_go_at_the_end() {
    let mut server = Server::with(&["--trust-gateway", "--max-streams", "1"]);
    assert_eq!(server.upload("echo", &echo()).status, 201);
    let mut events = Events::follow(server.address, STREAM, &[("x-tid", "b")]);
    let full = server.get_as("a", STREAM);
    assert_eq!((full.status, full.header("retry-after")), (503, Some("1")));
    for n in 0..4 {
        run(&server, if n % 2 == 0 { "a" } else { "b" }, "echo", n);
    }
    assert_eq!(assets(&take(&mut events, 2)), ["asset-1", "asset-3"]);
    server.terminate();
    assert!(events.next().is_none());
    assert!(server.wait().success());
}
