//! Modules listed, looked at, fetched, removed, and still there after a restart.

use crate::http::{Events, send};
use crate::server::{MODULES, Server};
use crate::wasm::{echo, pointer};

fn ids(server: &Server, query: &str) -> (Vec<String>, String) {
    let listed = server.get(&format!("{MODULES}{query}"));
    assert_eq!(listed.status, 200, "{listed:?}");
    let modules = listed.json();
    let ids = modules
        .as_array()
        .unwrap()
        .iter()
        .map(|module| module["id"].as_str().unwrap().to_owned());
    (
        ids.collect(),
        listed.header("x-total-count").unwrap().to_owned(),
    )
}

#[test]
fn a_list_is_cut_and_filtered_and_tells_how_many_there_are() {
    let server = Server::start();
    assert_eq!(ids(&server, ""), (vec![], "0".to_owned()));
    for id in ["b", "c", "a"] {
        assert_eq!(server.upload(id, &echo()).status, 201);
    }
    let expected = |ids: &[&str], total: &str| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        (ids, total.to_owned())
    };
    assert_eq!(ids(&server, ""), expected(&["a", "b", "c"], "3"));
    assert_eq!(ids(&server, "?skip=1&limit=1"), expected(&["b"], "3"));
    assert_eq!(ids(&server, "?q=C"), expected(&["c"], "1"));
    assert_eq!(ids(&server, "?q=%25"), expected(&[], "0"));
    for wrong in ["skip=-1", "skip=x", "limit=0", "limit=1001"] {
        let refused = server.get(&format!("{MODULES}?{wrong}"));
        let name = wrong.split('=').next().unwrap();
        assert_eq!(refused.loc(), format!("query.{name}"));
    }
}

#[test]
fn content_comes_back_as_it_went_in_and_is_not_sent_twice() {
    let server = Server::start();
    let module = echo();
    let added = server.upload("a", &module);
    let etag = format!("\"{}\"", added.json()["sha256"].as_str().unwrap());
    let path = format!("{MODULES}/a/content");
    let content = server.get(&path);
    assert_eq!(content.body, module);
    assert_eq!(content.header("content-type").unwrap(), "application/wasm");
    assert_eq!(content.header("etag").unwrap(), etag);
    for path in [path, format!("{MODULES}/a")] {
        for tag in [&*etag, "*", &format!("W/{etag}"), &format!("\"x\", {etag}")] {
            let same = send(server.address, "GET", &path, &[("if-none-match", tag)], b"");
            assert_eq!((same.status, same.body.len()), (304, 0), "{tag}");
            assert_eq!(same.header("etag").unwrap(), etag);
        }
        let other = send(
            server.address,
            "GET",
            &path,
            &[("if-none-match", "\"x\"")],
            b"",
        );
        assert_eq!(other.status, 200);
    }
}

#[test]
fn a_removed_module_is_told_of_once_more_and_its_bytes_go_with_the_last_id() {
    let server = Server::start();
    let added = server.upload("a", &echo());
    assert_eq!(server.upload("b", &echo()).status, 201);
    assert_eq!(server.files(), (1, 0));
    let removed = server.delete("a");
    assert_eq!((removed.status, removed.json()), (200, added.json()));
    assert_eq!(server.delete("a").status, 404);
    assert_eq!(server.get(&format!("{MODULES}/a")).status, 404);
    assert_eq!(server.invoke("a", b"").status, 404);
    assert_eq!(server.invoke("b", b"still here").text(), "still here");
    assert_eq!(server.delete("b").status, 200);
    assert_eq!(server.files(), (0, 0));
}

#[test]
fn a_path_that_leads_elsewhere_names_no_module() {
    let server = Server::start();
    for id in [
        "..%2ffunctions.db",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "a%00",
        "a%20b",
        "%ff",
        "x",
    ] {
        for rest in ["", "/content"] {
            let refused = server.get(&format!("{MODULES}/{id}{rest}"));
            assert!(matches!(refused.status, 400 | 404), "{id}: {refused:?}");
            assert!(!refused.detail().is_empty());
        }
        assert!(matches!(server.delete(id).status, 400 | 404));
    }
    assert!(server.folder().join("functions.db").exists());
}

#[test]
fn what_is_not_there_is_told_in_the_same_form() {
    let server = Server::start();
    let nowhere = server.get("/api/v1/nothing");
    assert_eq!(
        (nowhere.status, nowhere.detail()),
        (404, "Not Found".to_owned())
    );
    let wrong = server.post("/health", b"");
    assert_eq!(
        (wrong.status, wrong.detail()),
        (405, "Method Not Allowed".to_owned())
    );
    assert_eq!(server.get("/health").json()["status"], "ok");
    assert_eq!(server.get("/ready").json()["status"], "ready");
}

#[test]
fn everything_is_there_after_a_kill() {
    let server = Server::start();
    let module = pointer("(i32.const 0)");
    let added = server.upload("a", &module).json();
    assert_eq!(server.upload("b", &echo()).status, 201);
    assert_eq!(server.delete("b").status, 200);
    let server = server.killed_and_restarted();
    assert_eq!(ids(&server, ""), (vec!["a".to_owned()], "1".to_owned()));
    assert_eq!(server.get(&format!("{MODULES}/a")).json(), added);
    assert_eq!(server.get(&format!("{MODULES}/a/content")).body, module);
    assert_eq!(server.files(), (1, 0));
}

#[test]
fn every_operation_that_is_documented_is_there() {
    let server = Server::start();
    let document = server.get("/openapi.json").json();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let path = [
                "{module_id}",
                "{execution_id}",
                "{letter_id}",
                "{function_name}",
                "{deployment_id}",
            ]
            .into_iter()
            .fold(path.clone(), |path, id| path.replace(id, "nothing"));
            if path.ends_with("/stream") {
                // It has no end.
                Events::follow(server.address, &path, &[]);
                continue;
            }
            let answer = send(server.address, &method.to_uppercase(), &path, &[], b"");
            let unknown = matches!(answer.status, 404 | 405)
                && ["Not Found", "Method Not Allowed"].contains(&&*answer.detail());
            assert!(!unknown, "{method} {path}");
            operations += 1;
        }
    }
    assert!(operations >= 26);
    assert_eq!(server.get("/docs").status, 200);
    assert_eq!(server.get("/").header("location"), Some("docs"));
}
