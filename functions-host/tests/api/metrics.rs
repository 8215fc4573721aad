//! What Prometheus is told.

use serde_json::json;

use crate::server::{EXECUTIONS, MODULES, Server};
use crate::wasm::{echo, pointer};

fn value<'a>(text: &'a str, begin: &str) -> &'a str {
    let lines = text.lines();
    let mut found = lines.filter_map(|line| line.strip_prefix(begin));
    let value = found
        .next()
        .unwrap_or_else(|| panic!("{begin} is not in {text}"));
    assert_eq!(found.next(), None, "{begin} is there once");
    value
}

/// The names of all that is told.
fn names(text: &str) -> Vec<String> {
    let types = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let mut names: Vec<_> = types.map(str::to_owned).collect();
    names.sort_unstable();
    names
}

#[test]
fn what_ran_how_it_ended_and_what_there_is_to_do_is_told() {
    let server = Server::start();
    assert_eq!(server.upload("echo", &echo()).status, 201);
    assert_eq!(server.upload("trap", &pointer("unreachable")).status, 201);
    for _ in 0..2 {
        assert_eq!(server.invoke("echo", b"{}").status, 200);
    }
    assert_eq!(server.invoke("trap", b"{}").status, 502);
    let event = json!({"wasm_module_id": "echo", "input": {"n": 1}}).to_string();
    let answer = server.post(&format!("{EXECUTIONS}?wait=true"), event.as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");

    let answer = server.get("/metrics");
    assert_eq!(answer.status, 200);
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.text();
    for (begin, expected) in [
        (
            r#"executions_total{trigger="invoke",outcome="succeeded"} "#,
            "2",
        ),
        (r#"executions_total{trigger="invoke",outcome="trap"} "#, "1"),
        (
            r#"executions_total{trigger="event",outcome="succeeded"} "#,
            "1",
        ),
        (
            r#"execution_duration_seconds_count{trigger="invoke"} "#,
            "3",
        ),
        (
            r#"execution_duration_seconds_bucket{trigger="event",le="+Inf"} "#,
            "1",
        ),
        ("requests_put_back_total ", "0"),
        ("ready ", "1"),
        ("bus_ready ", "1"),
        ("modules ", "2"),
        // This one itself.
        ("http_requests ", "1"),
        // Each was compiled at its upload, and in memory then.
        (r#"module_loads_total{from="compiler"} "#, "2"),
        (r#"module_loads_total{from="memory"} "#, "4"),
    ] {
        let told = value(text, &format!("functions_host_{begin}"));
        assert_eq!(told, expected, "{begin}");
    }
    let cpu_time = r#"functions_host_execution_cpu_time_seconds_total{trigger="invoke"} "#;
    assert!(value(text, cpu_time).parse::<f64>().unwrap() > 0.0);
}

#[test]
fn every_name_that_is_told_is_in_the_readme_and_no_other() {
    const README: &str = include_str!("../../README.md");
    let server = Server::start();
    assert_eq!(server.upload("echo", &echo()).status, 201);
    assert_eq!(server.invoke("echo", b"{}").status, 200);
    let rows = README.lines().filter_map(|line| {
        let name = line.strip_prefix("| `functions_host_")?;
        name.split(['`', '{']).next()
    });
    let mut documented: Vec<_> = rows.map(|name| format!("functions_host_{name}")).collect();
    documented.sort_unstable();
    let told = server.get("/metrics");
    assert_eq!(names(told.text()), documented);
}

#[test]
fn nobody_is_told_of_others_by_a_gateway_and_nobody_at_all_where_it_is_off() {
    let server = Server::with(&["--trust-gateway"]);
    assert_eq!(server.get("/metrics").status, 200);
    let refused = server.get_as("acme", "/metrics");
    assert_eq!(refused.status, 403, "{refused:?}");
    let server = Server::with(&["--metrics", "false"]);
    assert_eq!(server.get("/metrics").status, 404);
    assert_eq!(server.get(MODULES).status, 200);
}
