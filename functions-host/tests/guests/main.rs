//! The example modules, handed over to a host in a process of its own and called, in each
//! form that it runs.
//!
//! `cargo xtask modules` builds them, and `cargo xtask test` runs these tests where it can
//! build them.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it goes wrong"
)]

#[path = "../api/http.rs"]
#[expect(
    dead_code,
    reason = "it is shared with other tests, which use more of it"
)]
mod http;
#[path = "../api/server.rs"]
#[expect(dead_code, reason = "likewise")]
mod server;

mod cases;

use std::path::Path;

use cases::CASES;
use server::Server;

/// A module in one of its forms.
fn module(name: &str, form: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/modules");
    let file = folder.join(format!("{name}.{form}.wasm"));
    std::fs::read(&file)
        .unwrap_or_else(|error| panic!("{error}: `cargo xtask modules` builds {}", file.display()))
}

/// Hands every module over in a form, and asks it for every answer that it is known to
/// give.
fn answers(form: &str, abi: &str) {
    let server = Server::start();
    for case in CASES {
        let id = format!("{}.{form}", case.module);
        if server.get(&format!("{}/{id}", server::MODULES)).status == 404 {
            let uploaded = server.upload(&id, &module(case.module, form));
            assert_eq!(uploaded.status, 201, "{id}: {uploaded:?}");
            assert_eq!(uploaded.json()["abi"], abi, "{id}");
        }
        let answer = server.invoke(&id, case.input.as_bytes());
        match case.output {
            Some(output) => assert_eq!((answer.status, answer.text()), (200, output), "{id}"),
            None => assert_eq!(answer.status, 502, "{id}: {answer:?}"),
        }
    }
}

#[test]
#[ignore = "needs what `cargo xtask modules` builds"]
fn every_module_answers_as_a_pointer_module() {
    answers("pointer", "pointer");
}

#[test]
#[ignore = "needs what `cargo xtask modules` builds"]
fn every_module_answers_as_a_command() {
    answers("command", "wasi-p1");
}

#[test]
#[ignore = "needs what `cargo xtask modules` builds"]
fn every_module_answers_as_a_component() {
    answers("component", "wasi-p2");
}

#[test]
#[ignore = "needs what `cargo xtask modules` builds"]
fn what_a_command_says_of_a_failure_is_its_status() {
    let server = Server::start();
    for (form, word) in [
        ("pointer", "trap"),
        ("command", "exit"),
        ("component", "exit"),
    ] {
        assert_eq!(server.upload(form, &module("hello", form)).status, 201);
        let answer = server.invoke(form, b"no object");
        assert_eq!(
            (answer.status, answer.header("x-fault")),
            (502, Some(word)),
            "{answer:?}"
        );
    }
}
