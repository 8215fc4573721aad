//! Limits and grants of modules.

use serde_json::json;

use crate::http::{Answer, send};
use crate::server::{MODULES, Server};
use crate::wasm::{echo, environment, spin};

/// What is granted below, and is to be seen nowhere.
const SECRET: &str = "hush-hush";

fn upload(server: &Server, id: &str, module: &[u8], more: &[(&str, &str)]) -> Answer {
    let mut fields: Vec<(&str, &[u8])> = vec![("module_id", id.as_bytes()), ("file", module)];
    fields.extend(more.iter().map(|(name, value)| (*name, value.as_bytes())));
    server.post_form(&fields)
}

fn fault(answer: &Answer) -> Option<&str> {
    answer.header("x-fault")
}

#[test]
fn limits_that_come_with_a_module_hold_for_its_executions_and_for_no_others() {
    let server = Server::start();
    let limits = r#"{"fuel": 10000, "cpu_time_seconds": 3000}"#;
    let added = upload(&server, "spin", &spin(), &[("limits", limits)]);
    assert_eq!(added.status, 201, "{added:?}");
    let expected = json!({"fuel": 10000, "cpu_time_seconds": 3000.0});
    assert_eq!(added.json()["limits"], expected);
    let told = server.get(&format!("{MODULES}/spin")).json();
    assert_eq!(told, added.json());
    let answer = server.invoke("spin", b"");
    assert_eq!((answer.status, fault(&answer)), (504, Some("fuel")));
    // The same bytes under another id have no such limit, and fuel is not counted.
    let limits = r#"{"cpu_time_seconds": 0.05}"#;
    assert_eq!(
        upload(&server, "also", &spin(), &[("limits", limits)]).status,
        201
    );
    assert_eq!(fault(&server.invoke("also", b"")), Some("cpu-time"));
}

#[test]
fn what_is_changed_counts_for_the_next_execution() {
    let server = Server::start();
    assert_eq!(server.upload("echo", &echo()).status, 201);
    for _ in 0..3 {
        assert_eq!(server.invoke("echo", b"hi").text(), "hi");
        let changed = server.patch("echo", r#"{"limits": {"memory_bytes": 65536}}"#);
        assert_eq!(changed.status, 200, "{changed:?}");
        assert_eq!(fault(&server.invoke("echo", b"hi")), Some("memory"));
        let changed = server.patch("echo", r#"{"limits": {"memory_bytes": null, "fuel": 1}}"#);
        assert_eq!(changed.json()["limits"], json!({"fuel": 1}));
        assert_eq!(fault(&server.invoke("echo", b"hi")), Some("fuel"));
        let changed = server.patch("echo", r#"{"limits": null}"#);
        assert_eq!(changed.json()["limits"], json!({}));
    }
    let server = server.killed_and_restarted();
    assert_eq!(server.invoke("echo", b"hi").text(), "hi");
    assert_eq!(
        server.patch("nothing", r#"{"limits": {"fuel": 1}}"#).status,
        404
    );
    assert_eq!(server.patch("nothing", "{}").status, 404);
}

#[test]
fn a_description_changes_alone_and_the_tag_of_what_is_told_changes_with_it() {
    let server = Server::start();
    let added = upload(&server, "echo", &echo(), &[("description", "before")]);
    let path = format!("{MODULES}/echo");
    let tag = added.header("etag").unwrap().to_owned();
    let ask = |tag: &str| send(server.address, "GET", &path, &[("if-none-match", tag)], b"");
    assert_eq!(ask(&tag).status, 304);
    let changed = server.patch("echo", r#"{"description": "after"}"#);
    let told = changed.json();
    assert_eq!(told["description"], "after");
    assert_eq!(told["created_at"], added.json()["created_at"]);
    assert!(told["updated_at"].as_str().unwrap().ends_with('Z'));
    let now = ask(&tag);
    assert_eq!((now.status, now.json()), (200, told));
    let new = changed.header("etag").unwrap();
    assert_eq!((now.header("etag").unwrap(), ask(new).status), (new, 304));
    // The bytes are the same as before.
    let content = format!("{path}/content");
    let same = send(
        server.address,
        "GET",
        &content,
        &[("if-none-match", &tag)],
        b"",
    );
    assert_eq!(same.status, 304);
    let gone = server.patch("echo", r#"{"description": null}"#);
    assert_eq!(gone.json()["description"], json!(null));
}

#[test]
fn a_command_sees_the_environment_that_it_was_granted_and_nobody_sees_the_values() {
    let server = Server::with(&["--log-level", "TRACE", "--http-log-level", "TRACE"]);
    let grants = json!({"environment": {"KEY": SECRET}, "http": ["api.example.com"]}).to_string();
    let added = upload(&server, "env", &environment(), &[("grants", &grants)]);
    assert_eq!(added.status, 201, "{added:?}");
    let expected = json!({"environment": ["KEY"], "http": ["api.example.com"]});
    assert_eq!(added.json()["grants"], expected);
    let seen = server.invoke("env", b"").body;
    assert_eq!(seen, format!("KEY={SECRET}\0").as_bytes());
    // One more is granted by somebody who does not know the first.
    let changed = server.patch("env", r#"{"grants": {"environment": {"A": "1"}}}"#);
    assert_eq!(changed.json()["grants"]["environment"], json!(["A", "KEY"]));
    let seen = server.invoke("env", b"").body;
    assert_eq!(seen, format!("A=1\0KEY={SECRET}\0").as_bytes());
    let wrong = json!({"grants": {"environment": {"KEY": [SECRET]}, "http": [SECRET, "a b"]}});
    let answers = [
        server.get(MODULES),
        server.get(&format!("{MODULES}/env")),
        server.patch("env", "{}"),
        server.patch("env", &wrong.to_string()),
        server.patch(
            "env",
            &format!("{{\"grants\": {{\"environment\": {{\"K\": \"{SECRET}"),
        ),
        server.patch("env", &format!("{{\"grants\": \"{SECRET}\"}}")),
        upload(&server, "env", &environment(), &[("grants", &grants)]),
        upload(&server, "b", &environment(), &[("grants", &grants[1..])]),
        upload(&server, "c", b"no module", &[("grants", &grants)]),
    ];
    let statuses = answers.each_ref().map(|answer| answer.status);
    assert_eq!(statuses, [200, 200, 200, 422, 422, 422, 409, 422, 400]);
    for answer in answers
        .iter()
        .chain([&added, &changed, &server.delete("env")])
    {
        assert!(!answer.text().contains(SECRET), "{answer:?}");
    }
    let log = server.end();
    assert!(log.contains("A module was changed"), "{log}");
    assert!(!log.contains(SECRET), "{log}");
}

#[test]
fn a_host_without_grants_refuses_them_and_does_without_those_there_were() {
    let server = Server::start();
    let grants = r#"{"environment": {"KEY": "value"}}"#;
    assert_eq!(
        upload(&server, "env", &environment(), &[("grants", grants)]).status,
        201
    );
    let server = server.killed_and_restarted_with(&["--allow-grants", "false"], |_| {});
    assert_eq!(server.invoke("env", b"").text(), "");
    let refused = upload(&server, "b", &environment(), &[("grants", grants)]);
    assert_eq!(refused.status, 403);
    assert!(
        refused.detail().contains("FUNCTIONS_HOST_ALLOW_GRANTS"),
        "{refused:?}"
    );
    let refused = server.patch("env", &format!("{{\"grants\": {grants}}}"));
    assert_eq!(refused.status, 403);
    // What grants nothing is welcome.
    assert_eq!(
        upload(&server, "b", &environment(), &[("grants", "{}")]).status,
        201
    );
    let taken = server.patch("env", r#"{"grants": null}"#);
    assert_eq!(
        taken.json()["grants"],
        json!({"environment": [], "http": []})
    );
}

#[test]
fn limits_and_grants_that_will_not_do_are_told_with_the_place_and_change_nothing() {
    let server = Server::start();
    let first = upload(&server, "a", &echo(), &[("limits", r#"{"fuel": 100000}"#)]);
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    for (body, loc) in [
        (
            r#"{"limits": {"memroy_bytes": 65536}}"#,
            "body.limits.memroy_bytes",
        ),
        (
            r#"{"limits": {"memory_bytes": 1}}"#,
            "body.limits.memory_bytes",
        ),
        (r#"{"limits": {"fuel": 1e30}}"#, "body.limits.fuel"),
        (r#"{"limits": [1]}"#, "body.limits"),
        (r#"{"grants": {"files": ["/"]}}"#, "body.grants.files"),
        (
            r#"{"grants": {"environment": {"A": 1}}}"#,
            "body.grants.environment.A",
        ),
        (
            r#"{"grants": {"environment": {"A=B": ""}}}"#,
            "body.grants.environment",
        ),
        (
            r#"{"grants": {"http": ["http://x"]}}"#,
            "body.grants.http.0",
        ),
        (r#"{"description": 5}"#, "body.description"),
        (r#"{"description": "a\u0000b"}"#, "body.description"),
        (r#"{"limit": {}}"#, "body.limit"),
        (r#"{"id": "b"}"#, "body.id"),
        ("[]", "body"),
        ("", "body"),
        (&deep, "body"),
    ] {
        assert_eq!(server.patch("a", body).loc(), loc, "{body:.80}");
    }
    // Nothing of a request counts where a part of it is wrong.
    let half = r#"{"description": "new", "limits": {"fuel": 1}, "grants": {"x": 1}}"#;
    assert_eq!(server.patch("a", half).loc(), "body.grants.x");
    let unchanged = server.get(&format!("{MODULES}/a"));
    assert_eq!(unchanged.json(), first.json());
    for (field, value, loc) in [
        ("description", "a\0b", "body.description"),
        ("limits", r#"{"fuel": 0}"#, "body.limits.fuel"),
        ("limits", "", "body.limits"),
        ("limits", &"[".repeat(4000), "body.limits"),
        ("limits", &" ".repeat(5000), "body.limits"),
        ("grants", r#"{"http": "x"}"#, "body.grants.http"),
        ("grants", "{", "body.grants"),
        ("grants", &" ".repeat(140_000), "body.grants"),
    ] {
        let refused = upload(&server, "b", &echo(), &[(field, value)]);
        assert_eq!(refused.loc(), loc, "{value:.80}");
    }
    assert_eq!(server.files(), (1, 0));
    let huge = format!("{{\"description\": \"{}\"}}", "x".repeat(200_000));
    assert_eq!(server.patch("a", &huge).status, 413);
}

#[test]
fn of_many_who_grant_at_once_nobody_s_grant_is_lost() {
    let server = Server::start();
    assert_eq!(server.upload("env", &environment()).status, 201);
    let names: Vec<_> = (10..42).map(|number| format!("N{number}")).collect();
    std::thread::scope(|scope| {
        for name in &names {
            let server = &server;
            scope.spawn(move || {
                let body = json!({"grants": {"environment": {name: "x"}}});
                assert_eq!(server.patch("env", &body.to_string()).status, 200);
            });
        }
    });
    let told = server.get(&format!("{MODULES}/env")).json();
    assert_eq!(told["grants"]["environment"], json!(names));
}
