//! Modules run: registered ones, and ones that come with their input.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::http::Answer;
use crate::server::{MODULES, Server};
use crate::wasm::{echo, pointer};

const EMBEDDED: &str = "/api/v1/functions/wasm/run-embedded";

fn run(server: &Server, module: &[u8], input: &str) -> Answer {
    let request = json!({
        "wasm_module_b64": BASE64_STANDARD.encode(module),
        "input_data": input,
    });
    server.post(EMBEDDED, request.to_string().as_bytes())
}

#[test]
fn bytes_go_in_and_bytes_come_out() {
    let server = Server::start();
    assert_eq!(server.upload("echo", &echo()).status, 201);
    let answer = server.invoke("echo", b"hello");
    assert_eq!((answer.status, answer.text()), (200, "hello"));
    assert_eq!(
        answer.header("content-type").unwrap(),
        "application/octet-stream"
    );
    let also = server.post(&format!("{MODULES}/echo/invoke?handler=also"), b"hello");
    assert_eq!(also.text(), "hello");
    let unknown = server.post(&format!("{MODULES}/echo/invoke?handler=nothing"), b"");
    assert_eq!(
        (unknown.status, unknown.header("x-fault")),
        (502, Some("abi"))
    );
    assert!(unknown.detail().contains("`nothing"), "{unknown:?}");
}

#[test]
fn a_fault_and_a_limit_each_say_which() {
    let server = Server::with(&[
        "--limit-cpu-time",
        "0.05",
        "--limit-memory-bytes",
        "1048576",
    ]);
    for (id, body, status, word, said) in [
        ("trap", "unreachable", 502, "trap", "trapped"),
        (
            "spin",
            "(loop (br 0)) unreachable",
            504,
            "cpu-time",
            "CPU time",
        ),
        (
            "memory",
            "(drop (memory.grow (i32.const 1000))) unreachable",
            502,
            "memory",
            "limit of memory",
        ),
        ("outside", "(i32.const -1)", 502, "abi", "ABI"),
    ] {
        let module = pointer(body);
        assert_eq!(server.upload(id, &module).status, 201);
        for answer in [server.invoke(id, b"x"), run(&server, &module, "x")] {
            assert_eq!(
                (answer.status, answer.header("x-fault")),
                (status, Some(word))
            );
            assert!(answer.detail().contains(said), "{answer:?}");
        }
    }
    assert_eq!(run(&server, &echo(), "fine").status, 200);
}

#[test]
fn a_module_that_comes_with_its_input_runs_and_is_not_kept() {
    let server = Server::start();
    let answer = run(&server, &echo(), "héllo");
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({"result": "héllo"}))
    );
    assert_eq!(server.files(), (0, 0));
    assert_eq!(server.get(MODULES).json(), json!([]));
    let request = json!({
        "wasm_module_b64": BASE64_STANDARD.encode(echo()),
        "handler_function": "also",
        "input_data": "other",
        "more": {"is": "passed over"},
    });
    let answer = server.post(EMBEDDED, request.to_string().as_bytes());
    assert_eq!(answer.json()["result"], "other");
}

#[test]
fn a_module_that_comes_with_its_input_is_refused_as_any_other() {
    let server = Server::start();
    let text = run(&server, b"(module)", "");
    assert_eq!(text.status, 400);
    assert!(text.detail().contains("text"), "{text:?}");
    let request = json!({"wasm_module_b64": "no base64!", "input_data": ""});
    let wrong = server.post(EMBEDDED, request.to_string().as_bytes());
    assert_eq!(wrong.status, 400);
    assert!(wrong.detail().contains("base64"), "{wrong:?}");
}

#[test]
fn a_malformed_request_is_told_with_the_place() {
    let server = Server::start();
    for (body, loc) in [
        ("", "body"),
        ("[]", "body"),
        ("{\"wasm_module_b64\": ", "body"),
        (r#"{"input_data": ""}"#, "body.wasm_module_b64"),
        (r#"{"wasm_module_b64": ""}"#, "body.input_data"),
        (
            r#"{"wasm_module_b64": "", "input_data": 1}"#,
            "body.input_data",
        ),
        (
            r#"{"wasm_module_b64": "", "input_data": "", "handler_function": null}"#,
            "body.handler_function",
        ),
    ] {
        assert_eq!(server.post(EMBEDDED, body.as_bytes()).loc(), loc, "{body}");
    }
}

#[test]
fn giant_base64_is_refused_before_it_is_read() {
    let server = Server::with(&["--max-body-bytes", "1000000"]);
    let giant = run(&server, &vec![0; 4_000_000], "");
    assert_eq!(giant.status, 413);
    assert!(giant.detail().contains("1000000 bytes"), "{giant:?}");
    // What fits is looked at, however senseless.
    let fits = run(&server, &vec![0; 700_000], "");
    assert_eq!(fits.status, 400);
}

#[test]
fn the_api_answers_while_guests_spin() {
    let server = Server::with(&["--limit-wall-clock", "1", "--limit-cpu-time", "1"]);
    assert_eq!(
        server
            .upload("spin", &pointer("(loop (br 0)) unreachable"))
            .status,
        201
    );
    assert_eq!(server.upload("echo", &echo()).status, 201);
    std::thread::scope(|scope| {
        let spinning: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| server.invoke("spin", b"").status))
            .collect();
        assert_eq!(server.get("/ready").status, 200);
        assert_eq!(server.invoke("echo", b"neighbour").text(), "neighbour");
        for one in spinning {
            assert_eq!(one.join().unwrap(), 504);
        }
    });
}
