//! Requests that no honest client sends. After each of them the host answers as before.

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::http::{Answer, form, form_type, read, send, send_raw};
use crate::server::{MODULES, Server};
use crate::spinner::Spinner;
use crate::wasm::{echo, environment, pointer, spin};

const EMBEDDED: &str = "/api/v1/functions/wasm/run-embedded";

/// A host with one module, which is there and well at the end.
fn attacked(attack: impl FnOnce(&Server)) {
    let server = Server::with(&[
        "--max-body-bytes",
        "1000000",
        "--max-module-bytes",
        "1000000",
    ]);
    assert_eq!(server.upload("echo", &echo()).status, 201);
    attack(&server);
    assert_eq!(
        server.invoke("echo", b"and on it goes").text(),
        "and on it goes"
    );
    assert_eq!(server.files(), (1, 0));
    assert_eq!(server.get(MODULES).header("x-total-count"), Some("1"));
}

#[track_caller]
fn assert_refused(answer: &Answer) {
    assert!((400..500).contains(&answer.status), "{answer:?}");
}

#[test]
fn ids_that_lead_elsewhere_lead_nowhere_whatever_is_asked_of_them() {
    attacked(|server| {
        let long = "x".repeat(5000);
        for id in [
            "..",
            "../functions.db",
            "..%2ffunctions.db",
            "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
            "..;/x",
            "..%5c..%5cx",
            "%252e%252e%252f",
            "echo%00",
            "echo%0a",
            "%ff%fe",
            "%",
            "%zz",
            "echo%2f..%2fecho",
            ".%2fecho",
            "modules",
            "~",
            "$HOME",
            "echo'--",
            &long,
        ] {
            for (method, rest) in [
                ("GET", ""),
                ("GET", "/content"),
                ("DELETE", ""),
                ("PATCH", ""),
                ("POST", "/invoke"),
            ] {
                let path = format!("{MODULES}/{id}{rest}");
                let answer = send(server.address, method, &path, &[], b"{}");
                assert_refused(&answer);
                assert!(!answer.text().contains("root:"), "{answer:?}");
            }
        }
    });
}

#[test]
fn an_upload_that_does_not_tell_its_size_and_does_not_end_is_cut_off() {
    attacked(|server| {
        let mut stream = TcpStream::connect(server.address).unwrap();
        let head = format!(
            "POST {MODULES} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
             content-type: {}\r\ntransfer-encoding: chunked\r\n\r\n",
            form_type()
        );
        let begun = form(&[("module_id", b"endless"), ("file", b"")]);
        let begun = &begun[..begun.len() - 21];
        stream.write_all(head.as_bytes()).unwrap();
        write!(stream, "{:x}\r\n", begun.len()).unwrap();
        stream.write_all(begun).unwrap();
        let chunk = [b"\r\n10000\r\n".as_slice(), &vec![0; 0x10000]].concat();
        // Until the host has had enough.
        let mut sent = 0_usize;
        while sent < 100_000_000 && stream.write_all(&chunk).is_ok() {
            sent += 0x10000;
        }
        assert!(sent < 100_000_000);
    });
}

#[test]
fn forms_that_are_torn_and_tangled() {
    attacked(|server| {
        let module = echo();
        let parts = |count: usize| {
            let fields = vec![("x", &b""[..]); count];
            form(&fields)
        };
        let twice = form(&[
            ("module_id", b"echo"),
            ("file", &module),
            ("file", b"other"),
            ("file", b""),
        ]);
        let no_name = b"--a-line-between\r\ncontent-disposition: form-data\r\n\r\nx\r\n--a-line-between--\r\n";
        let heads = [
            b"--a-line-between\r\nx: ".as_slice(),
            &vec![b'x'; 500_000],
            b"\r\n\r\n",
        ]
        .concat();
        let traversal = b"--a-line-between\r\ncontent-disposition: form-data; name=\"file\"; \
            filename=\"../../evil.wasm\"\r\n\r\n\0asm\r\n--a-line-between--\r\n";
        let right = form_type();
        for (kind, body) in [
            (&*right, &b""[..]),
            (&right, b"--a-line-between"),
            (&right, b"--a-line-between--\r\n"),
            (&right, &vec![b'-'; 100_000]),
            (&right, &parts(10_000)),
            (&right, &twice),
            (&right, no_name),
            (&right, &heads),
            (&right, traversal),
            ("multipart/form-data", &module),
            ("multipart/form-data; boundary=", &module),
            ("multipart/form-data; boundary=another", &twice),
            ("multipart/mixed; boundary=a-line-between", &twice),
            ("application/x-www-form-urlencoded", b"module_id=a&file=b"),
        ] {
            let answer = send(
                server.address,
                "POST",
                MODULES,
                &[("content-type", kind)],
                body,
            );
            assert_refused(&answer);
        }
        assert!(!server.folder().join("evil.wasm").exists());
    });
}

#[test]
fn chunks_that_lie_about_their_length() {
    attacked(|server| {
        for chunks in [
            "zz\r\n",
            "ffffffffffffffffff\r\nx",
            "-1\r\n",
            "5\r\nab\r\n0\r\n\r\n",
        ] {
            let head = format!(
                "POST {EMBEDDED} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
                 transfer-encoding: chunked\r\n\r\n{chunks}"
            );
            let stream = send_raw(server.address, head.as_bytes());
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            let _ = std::io::Read::read_to_end(&mut &stream, &mut answer);
            // No answer, or a refusal.
            assert!(
                answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
                "{chunks}"
            );
        }
    });
}

#[test]
fn inputs_of_run_embedded_that_are_no_inputs() {
    attacked(|server| {
        let module = BASE64_STANDARD.encode(echo());
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let with = |key: &str, value: &str| {
            format!(r#"{{"wasm_module_b64": "{module}", "input_data": "", "{key}": {value}}}"#)
        };
        let lines = module
            .as_bytes()
            .chunks(60)
            .map(|line| std::str::from_utf8(line).unwrap());
        let lines = lines.collect::<Vec<_>>().join("\\n");
        let statuses = |bodies: &[&[u8]]| {
            let answers = bodies.iter().map(|body| server.post(EMBEDDED, body).status);
            answers.collect::<Vec<_>>()
        };
        // Not JSON, or not the right one.
        let torn = [
            deep(400_000).into_bytes(),
            b"{\"wasm_module_b64\": \"\xff\xfe\"}".to_vec(),
            with("input_data", r#""\ud800""#).into_bytes(),
            with("input_data", "5").into_bytes(),
            with("wasm_module_b64", "null").into_bytes(),
            b"\xef\xbb\xbf{}".to_vec(),
        ];
        let torn: Vec<_> = torn.iter().map(Vec::as_slice).collect();
        assert_eq!(statuses(&torn), [422; 6]);
        // What is not asked for is passed over, however deep.
        let passed_over = with("more", &deep(400_000));
        assert_eq!(statuses(&[passed_over.as_bytes()]), [200]);
        // Not base64, or not of a module.
        let wrong = [
            with("wasm_module_b64", &format!("\"{lines}\"")),
            with("wasm_module_b64", "\"AGFzbQEAAAA\""),
            with("wasm_module_b64", "\"AGFzbQ==\""),
            with("wasm_module_b64", "\"====\""),
            with("wasm_module_b64", "\"\""),
            with("wasm_module_b64", &format!("\"{}\"", "A".repeat(900_000))),
        ];
        let wrong: Vec<_> = wrong.iter().map(String::as_bytes).collect();
        assert_eq!(statuses(&wrong), [400; 6]);
        // A handler that no module has.
        let long = format!("\"{}\"", "x".repeat(500_000));
        for handler in [
            "\"\"",
            "\"run\\u0000\"",
            "\"memory\"",
            "\"allocate\"",
            &long,
        ] {
            let refused = server.post(EMBEDDED, with("handler_function", handler).as_bytes());
            assert_eq!(refused.status, 400, "{handler:.40}: {refused:?}");
            assert!(refused.body.len() < 10_000);
        }
    });
}

#[test]
fn an_output_that_is_no_text_cannot_be_an_answer_of_run_embedded() {
    attacked(|server| {
        // Its environment is empty; what it writes are zeros, and then one byte that begins nothing.
        let wat = wat::parse_str(
            r#"(module
                (import "wasi_snapshot_preview1" "fd_write"
                    (func $write (param i32 i32 i32 i32) (result i32)))
                (memory (export "memory") 1)
                (data (i32.const 0) "\10\00\00\00\03\00\00\00") (data (i32.const 16) "ok\ff")
                (func (export "_start")
                    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#,
        );
        let module = BASE64_STANDARD.encode(wat.unwrap());
        let body = json!({"wasm_module_b64": module, "input_data": ""}).to_string();
        let answer = server.post(EMBEDDED, body.as_bytes());
        assert_eq!(
            (answer.status, answer.header("x-fault")),
            (502, Some("abi"))
        );
        assert!(
            answer.detail().contains("no UTF-8 after 2 bytes"),
            "{answer:?}"
        );
    });
}

#[test]
fn handlers_that_are_no_handlers() {
    attacked(|server| {
        let long = "x".repeat(20_000);
        for handler in [
            "",
            "memory",
            "allocate",
            "run%00",
            "%ff",
            "../run",
            "%F0%9F%92%A5",
            &long,
        ] {
            let answer = server.post(&format!("{MODULES}/echo/invoke?handler={handler}"), b"");
            assert_eq!(
                (answer.status, answer.header("x-fault")),
                (502, Some("abi")),
                "{handler:.40}"
            );
            assert!(answer.body.len() < 10_000);
        }
        // Neither is what no host has room for.
        let huge = "x".repeat(200_000);
        assert_refused(&server.post(&format!("{MODULES}/echo/invoke?handler={huge}"), b""));
    });
}

#[test]
fn questions_that_are_no_questions() {
    attacked(|server| {
        let listed = |query: &str| server.get(&format!("{MODULES}?{query}"));
        for query in [
            "skip=9223372036854775808",
            "skip=1e3",
            "limit=99999999999999999999",
            "limit=%00",
            "limit=",
        ] {
            assert_eq!(listed(query).status, 422, "{query}");
        }
        let long = format!("q={}", "x".repeat(20_000));
        for query in [
            "q='%20OR%201=1--",
            "q=%00",
            "q=%25%25",
            "q=%ff",
            "skip=9223372036854775807",
            &long,
        ] {
            let answer = listed(query);
            assert_eq!(
                (answer.status, answer.json()),
                (200, json!([])),
                "{query:.40}"
            );
        }
        let tag = "\"x\",".repeat(10_000);
        for tag in ["\u{1}", "ü", &tag, "\"", ",,,", "W/"] {
            let path = format!("{MODULES}/echo");
            let answer = send(server.address, "GET", &path, &[("if-none-match", tag)], b"");
            assert!(matches!(answer.status, 200 | 400), "{tag:.40}: {answer:?}");
        }
    });
}

#[test]
fn of_two_uploads_of_one_id_the_slower_is_told_so_and_leaves_nothing() {
    attacked(|server| {
        let whole = form(&[("module_id", b"contested"), ("file", &spin())]);
        let head = format!(
            "POST {MODULES} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
             content-type: {}\r\ncontent-length: {}\r\n\r\n",
            form_type(),
            whole.len()
        );
        let (first, rest) = whole.split_at(whole.len() - 30);
        let mut slow = send_raw(server.address, &[head.as_bytes(), first].concat());
        assert_eq!(
            server.upload("contested", &pointer("(i32.const 0)")).status,
            201
        );
        slow.write_all(rest).unwrap();
        let refused = read(&slow);
        assert_eq!(refused.status, 409, "{refused:?}");
        assert_eq!(server.invoke("contested", b"").status, 200);
        assert_eq!(server.delete("contested").status, 200);
    });
}

#[test]
fn a_module_that_is_deleted_and_replaced_while_it_runs_runs_on_as_it_was() {
    let tenants = "[tenant.spinner]\nmax_executions = 1\nmax_waiting = 0";
    let an_hour = ["--limit-wall-clock", "3600", "--limit-cpu-time", "3600"];
    let server = Server::with_tenants(tenants, &[&["--trust-gateway"], &an_hour[..]].concat());
    assert_eq!(server.upload("a", &spin()).status, 201);
    let spinner = Spinner::on_all_of(&server, "a", 1);
    for _ in 0..5 {
        assert_eq!(server.delete("a").status, 200);
        assert_eq!(server.invoke("a", b"").status, 404);
        assert_eq!(server.upload("a", &echo()).status, 201);
        assert_eq!(server.invoke("a", b"new").text(), "new");
    }
    spinner.assert_at_work(&server);
    spinner.hang_up();
    while server.invoke_as("spinner", "a", b"free").status != 200 {
        std::thread::yield_now();
    }
    assert_eq!(server.files(), (1, 0));
}

#[test]
fn a_body_that_drips_is_given_up_at_its_time() {
    let server = Server::with(&["--body-timeout", "0.2"]);
    assert_eq!(server.upload("env", &environment()).status, 201);
    for (method, path) in [
        ("POST", format!("{MODULES}/env/invoke")),
        ("PATCH", format!("{MODULES}/env")),
        ("POST", EMBEDDED.to_owned()),
    ] {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: 100\r\n\r\n{{"
        );
        let refused = read(&send_raw(server.address, head.as_bytes()));
        assert_eq!(refused.status, 408, "{method} {path}: {refused:?}");
    }
}
