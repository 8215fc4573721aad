//! Modules handed over: taken, refused, in pieces, at once.

use std::net::Shutdown;

use crate::http::{form, form_type, read, send, send_raw};
use crate::server::{MODULES, Server};
use crate::wasm::{echo, pointer};

#[test]
fn a_module_is_handed_over_and_told_of() {
    let server = Server::start();
    let module = echo();
    let fields: [(&str, &[u8]); 3] = [
        // Any order will do.
        ("file", &module),
        ("description", b"says what it hears"),
        ("module_id", b"echo-1.0"),
    ];
    let added = server.post_form(&fields);
    assert_eq!(added.status, 201, "{added:?}");
    let told = added.json();
    assert_eq!(told["id"], "echo-1.0");
    assert_eq!(told["description"], "says what it hears");
    assert_eq!(told["size_bytes"], module.len());
    assert_eq!(told["abi"], "pointer");
    assert!(told["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        added.header("location").unwrap(),
        "/api/v1/wasm-modules/echo-1.0"
    );
    let file = server.folder().join(told["filepath"].as_str().unwrap());
    assert_eq!(std::fs::read(file).unwrap(), module);
    assert_eq!(server.get(&format!("{MODULES}/echo-1.0")).json(), told);
}

#[test]
fn a_component_that_wants_http_is_refused_without_a_grant() {
    let server = Server::start();
    let wants = wat::parse_str(
        r#"(component
            (import "wasi:http/types@0.2.0" (instance))
            (instance $run) (export "wasi:cli/run@0.2.0" (instance $run)))"#,
    )
    .unwrap();
    let refused = server.upload("a", &wants);
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.detail(),
        "imports `wasi:http/types@0.2.0`, which takes a grant: name the hosts that it may reach \
         in the grant `http` of the module"
    );
    assert_eq!(server.files(), (0, 0));
}

#[test]
fn an_id_that_is_taken_is_a_conflict() {
    let server = Server::start();
    assert_eq!(server.upload("a", &echo()).status, 201);
    let again = server.upload("a", &pointer("(i32.const 0)"));
    assert_eq!(again.status, 409);
    assert!(again.detail().contains("'a' exists already"), "{again:?}");
    assert_eq!(server.files(), (1, 0));
}

#[test]
fn of_two_uploads_of_one_id_at_once_one_wins() {
    let server = Server::start();
    let modules = [pointer("(i32.const 0)"), pointer("(i32.const 1)"), echo()];
    let statuses = std::thread::scope(|scope| {
        let uploads = modules.each_ref().map(|module| {
            let server = &server;
            scope.spawn(move || server.upload("a", module).status)
        });
        let mut statuses = uploads.map(|upload| upload.join().unwrap());
        statuses.sort_unstable();
        statuses
    });
    assert_eq!(statuses, [201, 409, 409]);
    assert_eq!(server.files(), (1, 0));
}

#[test]
fn a_module_that_will_not_do_is_refused_in_words_for_its_author() {
    let server = Server::start();
    let wrong = wat::parse_str(
        r#"(module (memory (export "memory") 1)
            (func (export "allocate") (param i32) (result i32) (i32.const 0))
            (func (export "run") (param i32) (result i32) (i32.const 0)))"#,
    );
    let refused = server.upload("a", &wrong.unwrap());
    assert_eq!(refused.status, 400);
    let detail = refused.detail();
    assert!(
        detail.contains("run(i32) -> i32") && detail.contains("run(i32, i32) -> i32"),
        "{detail}"
    );
    for (what, said) in [
        (&b"(module)"[..], "text"),
        (b"", "nothing"),
        (b"GIF89a", "WebAssembly"),
        (b"\x7fELF", "machine code"),
    ] {
        let refused = server.upload("a", what);
        assert_eq!(refused.status, 400);
        assert!(refused.detail().contains(said), "{refused:?}");
    }
    assert_eq!(server.files(), (0, 0));
}

#[test]
fn a_form_that_lacks_something_or_names_no_id_is_told_so_with_the_place() {
    let server = Server::start();
    let module = echo();
    assert_eq!(
        server.post_form(&[("file", &module)]).loc(),
        "body.module_id"
    );
    assert_eq!(server.post_form(&[("module_id", b"a")]).loc(), "body.file");
    assert_eq!(server.post(MODULES, b"{}").loc(), "body");
    let long = "x".repeat(129);
    for id in [
        "",
        ".",
        "..",
        "../a",
        "a/b",
        "/etc/passwd",
        "a\0b",
        "ä",
        &long,
    ] {
        assert_eq!(server.upload(id, &module).loc(), "body.module_id", "{id:?}");
    }
    let huge = vec![b'x'; 5000];
    let form: [(&str, &[u8]); 2] = [("description", &huge), ("module_id", b"a")];
    assert_eq!(server.post_form(&form).loc(), "body.description");
    assert_eq!(server.files(), (0, 0));
}

#[test]
fn a_form_that_breaks_off_is_refused_and_leaves_nothing() {
    let server = Server::start();
    let whole = form(&[("module_id", b"a"), ("file", &echo())]);
    let headers = [("content-type", &*form_type())];
    for length in [0, 10, 60, whole.len() / 2, whole.len() - 6] {
        let refused = send(server.address, "POST", MODULES, &headers, &whole[..length]);
        assert_eq!(refused.status, 400, "after {length} bytes: {refused:?}");
        assert!(refused.detail().contains("form"), "{refused:?}");
    }
    // The connection breaks off, too.
    let head = format!(
        "POST {MODULES} HTTP/1.1\r\nhost: test\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
        form_type(),
        whole.len()
    );
    let bytes = [head.as_bytes(), &whole[..whole.len() / 2]].concat();
    send_raw(server.address, &bytes)
        .shutdown(Shutdown::Both)
        .unwrap();
    assert_eq!(server.upload("a", &echo()).status, 201);
    while server.files().1 > 0 {
        std::thread::yield_now();
    }
}

#[test]
fn a_module_that_is_too_large_is_refused_whether_its_size_is_told_or_not() {
    let server = Server::with(&["--max-module-bytes", "100000"]);
    let told = server.upload("a", &vec![0; 300_000]);
    assert_eq!(told.status, 413);
    let within_the_form = server.upload("a", &vec![0; 100_001]);
    assert_eq!(within_the_form.status, 413);
    assert!(
        within_the_form.detail().contains("100000 bytes"),
        "{within_the_form:?}"
    );
    assert_eq!(server.files(), (0, 0));
}

#[test]
fn an_upload_that_never_ends_is_given_up_at_its_time() {
    let server = Server::with(&["--upload-timeout", "0.2"]);
    let head = format!(
        "POST {MODULES} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
         content-type: {}\r\ncontent-length: 1000\r\n\r\n",
        form_type()
    );
    let part = form(&[("module_id", b"a"), ("file", b"\0asm")]);
    let bytes = [head.as_bytes(), &part[..part.len() - 20]].concat();
    let refused = read(&send_raw(server.address, &bytes));
    assert_eq!(refused.status, 408, "{refused:?}");
    assert_eq!(server.files(), (0, 0));
}

#[test]
fn an_upload_that_would_fill_the_disk_is_refused() {
    let server = Server::with(&["--disk-reserve-bytes", "9007199254740991"]);
    let refused = server.upload("a", &echo());
    assert_eq!(refused.status, 507);
    assert!(refused.detail().contains("too full"), "{refused:?}");
}
