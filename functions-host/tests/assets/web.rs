//! Plain requests and plain answers.

use crate::bench::{assets, trouble};
use crate::server::{Server, ok, status};

#[tokio::test]
async fn an_asset_is_the_body_of_the_answer() {
    let server = Server::saying(ok("hello")).await;
    let uri = server.url("/some%20where?key=1#part");
    assert_eq!(assets(|_| {}).fetch(&uri).await.unwrap(), "hello");
    let head = server.heads().remove(0);
    assert!(
        head.starts_with("get /some%20where?key=1 http/1.1\r\n"),
        "{head}"
    );
    assert!(
        head.contains(&format!("\r\nhost: {}\r\n", server.address)),
        "{head}"
    );
    assert!(head.contains("\r\naccept-encoding: identity\r\n"), "{head}");
}

#[tokio::test]
async fn a_body_without_a_length_is_taken_to_its_end() {
    let chunked =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    let server = Server::saying(chunked).await;
    assert_eq!(
        assets(|_| {}).fetch(&server.url("/")).await.unwrap(),
        "hello"
    );
    let server = Server::saying("HTTP/1.0 200 OK\r\n\r\nhello").await;
    assert_eq!(
        assets(|_| {}).fetch(&server.url("/")).await.unwrap(),
        "hello"
    );
    let server = Server::saying(ok("")).await;
    assert_eq!(assets(|_| {}).fetch(&server.url("/")).await.unwrap(), "");
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::saying(ok("hello")).await;
    let assets = assets(|config| config.http.idle_per_host = 1);
    // The server hangs up after each answer, which is told apart from a broken one.
    for _ in 0..3 {
        assert_eq!(assets.fetch(&server.url("/")).await.unwrap(), "hello");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let server = Server::saying_in_turn(&[&status("503 Busy"), "", &ok("at last")]).await;
    assert_eq!(
        assets(|_| {}).fetch(&server.url("/")).await.unwrap(),
        "at last"
    );
    assert_eq!(server.heads().len(), 3);
    let server = Server::saying(status("500 Broken")).await;
    let said = trouble(&assets(|_| {}), &server.url("/secret?key=secret")).await;
    let message = format!("{} answers with status 500; 200 is needed", server.url(""));
    assert_eq!(said, (message, true));
    assert_eq!(server.heads().len(), 3);
}

#[tokio::test]
async fn what_is_final_is_asked_for_once() {
    for (line, is_missing) in [
        ("404 Not Found", true),
        ("410 Gone", true),
        ("401 Unauthorized", false),
        ("403 Forbidden", false),
        ("204 No Content", false),
        ("206 Partial Content", false),
        ("304 Not Modified", false),
    ] {
        let server = Server::saying(status(line)).await;
        let (said, is_transient) = trouble(&assets(|_| {}), &server.url("/secret")).await;
        assert!(!is_transient, "{line}");
        assert_eq!(
            said.starts_with("there is no asset at "),
            is_missing,
            "{said}"
        );
        assert!(!said.contains("secret"), "{said}");
        assert_eq!(server.heads().len(), 1, "{line}");
    }
}

#[tokio::test]
async fn nobody_there_is_trouble_that_may_pass() {
    let server = Server::saying(ok("")).await;
    let uri = server.url("/");
    let port = server.address.port();
    drop(server);
    // The port is free once the task of the server has ended.
    while std::net::TcpListener::bind(("127.0.0.1", port)).is_err() {
        tokio::task::yield_now().await;
    }
    let (said, is_transient) = trouble(&assets(|_| {}), &uri).await;
    let message =
        format!("the asset cannot be reached: 127.0.0.1 at port {port} cannot be reached");
    assert!(said.starts_with(&message), "{said}");
    assert!(is_transient);
}

#[tokio::test]
async fn what_is_no_http_is_trouble_that_may_pass() {
    for bytes in [
        "",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 200 OK\r\nbroken",
        "\0\0\0\0\0\0\0\0",
    ] {
        let server = Server::saying(bytes).await;
        let (said, is_transient) = trouble(&assets(|_| {}), &server.url("/")).await;
        assert!(
            said.ends_with("broke off, or its answer is no HTTP"),
            "{said}"
        );
        assert!(is_transient);
    }
}
