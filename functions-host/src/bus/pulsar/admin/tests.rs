use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::pause;

use super::{Admin, AdminError, DEADLINE};
use crate::bus::pulsar::authentication::{Authentication, TokenSource};
use crate::bus::pulsar::dial::Dialer;
use crate::bus::pulsar::testing::{Authority, Reply, Server, answer, pass};
use crate::bus::pulsar::tls::{Identity, TlsConfig};

fn admin(url: &str) -> Admin {
    let dialer = Dialer::new(TlsConfig::default());
    Admin::new(url.parse().unwrap(), dialer, Authentication::None)
}

fn at(server: &Server) -> Admin {
    admin(&format!("http://127.0.0.1:{}", server.port))
}

async fn names(admin: &Admin) -> Vec<String> {
    let names = admin.namespaces("platformq").await.unwrap();
    names.iter().map(ToString::to_string).collect()
}

async fn trouble(reply: impl Fn() -> Reply + Send + Sync + 'static) -> AdminError {
    let server = Server::start(move |_| reply()).await;
    at(&server).namespaces("platformq").await.unwrap_err()
}

#[tokio::test]
async fn the_namespaces_of_a_tenant_are_listed_without_its_name() {
    let server =
        Server::start(|_| answer("200 OK", r#"["platformq/b", "platformq/a", "platformq/b"]"#));
    let server = server.await;
    assert_eq!(names(&at(&server)).await, ["a", "b"]);
    let asked = server.asked();
    assert!(asked[0].starts_with("GET /admin/v2/namespaces/platformq HTTP/1.1\r\n"));
    assert!(asked[0].contains(&format!("host: 127.0.0.1:{}\r\n", server.port)));
    assert!(!asked[0].contains("authorization"));
    let empty = Server::start(|_| answer("200 OK", "[]")).await;
    assert_eq!(names(&at(&empty)).await, [""; 0]);
}

#[tokio::test]
async fn a_name_that_is_no_tenants_is_left_out_and_told_once() {
    let server = Server::start(|_| {
        answer(
            "200 OK",
            r#"["platformq/a", "platformq/x=y", "platformq/cluster/old", "other/a", "platformqb", "platformq/"]"#,
        )
    });
    let server = server.await;
    let admin = at(&server);
    assert_eq!(names(&admin).await, ["a"]);
    let left_out = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let told = [
        "other/a",
        "platformq/",
        "platformq/cluster/old",
        "platformq/x=y",
    ];
    assert_eq!(admin.news(left_out(&told)), [""; 0]);
    assert_eq!(
        admin.news(left_out(&["other/a", "platformq/é"])),
        ["platformq/é"]
    );
    // One that was gone for a while is told again.
    assert_eq!(admin.news(left_out(&["platformq/"])), ["platformq/"]);
}

#[tokio::test]
async fn a_token_is_shown_and_a_certificate_is() {
    let server = Server::start(|_| answer("200 OK", "[]")).await;
    let token = Authentication::Token(TokenSource::Text("s3cr3t".to_owned()));
    let url = format!("http://127.0.0.1:{}/pulsar", server.port);
    let dialer = Dialer::new(TlsConfig::default());
    let admin = Admin::new(url.parse().unwrap(), dialer, token);
    assert_eq!(names(&admin).await, [""; 0]);
    let asked = server.asked();
    assert!(asked[0].starts_with("GET /pulsar/admin/v2/namespaces/platformq "));
    assert!(asked[0].contains("authorization: Bearer s3cr3t\r\n"));
    assert!(!format!("{admin:?}").contains("s3cr3t"));

    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("one");
    let (cert_file, key_file) = authority.files(folder.path(), "functions-host");
    let tls = TlsConfig {
        ca_file: Some(authority.file(folder.path())),
        identity: Some(Identity {
            cert_file,
            key_file,
        }),
    };
    let acceptor = authority.acceptor("localhost", Some(&authority));
    let server = Server::secure(acceptor, |_| answer("200 OK", r#"["platformq/a"]"#)).await;
    let url = format!("https://localhost:{}", server.port);
    let at = |tls| Admin::new(url.parse().unwrap(), Dialer::new(tls), Authentication::Tls);
    assert_eq!(names(&at(tls.clone())).await, ["a"]);
    let nobody = TlsConfig {
        identity: None,
        ..tls
    };
    let error = at(nobody)
        .namespaces("platformq")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("CertificateRequired"), "{error}");
}

#[tokio::test]
async fn a_status_is_told_with_what_to_do() {
    for (status, body, said) in [
        ("401 Unauthorized", "", "see FUNCTIONS_HOST_PULSAR_TOKEN"),
        (
            "403 Forbidden",
            "",
            "(status 403): let its role administer that tenant",
        ),
        (
            "404 Tenant not found",
            r#"{"reason":"Tenant not found"}"#,
            "has no tenant `platformq` (status 404): make it, or name another in \
             FUNCTIONS_HOST_PULSAR_TENANT",
        ),
        (
            "404 Not Found",
            "<html>",
            "answers with status 404, and 200 is needed; FUNCTIONS_HOST_PULSAR_ADMIN_URL says",
        ),
        ("503 Service Unavailable", "", "answers with status 503"),
        (
            "307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/",
            "",
            "leads to http://127.0.0.1:1, and nobody is asked who is not named",
        ),
    ] {
        let error = trouble(move || answer(status, body)).await.to_string();
        assert!(error.contains(said), "{error}");
        assert!(error.starts_with("http://127.0.0.1:"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_none() {
    for body in [
        "",
        "<html>",
        "{}",
        "[1]",
        r#"{"a": "platformq/a"}"#,
        r#"["platformq/a""#,
    ] {
        let error = trouble(move || answer("200 OK", body)).await;
        assert!(matches!(error, AdminError::NoList { .. }), "{error}");
    }
    let error = trouble(|| Reply::Whole("SSH-2.0-server\r\n\r\n".to_owned())).await;
    assert!(
        error.to_string().contains("its answer is no HTTP"),
        "{error}"
    );
    let error =
        trouble(|| Reply::Whole("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[]".to_owned()));
    let error = error.await.to_string();
    assert!(error.contains("broke off"), "{error}");
}

#[tokio::test]
async fn an_answer_has_a_size_and_a_time() {
    let head = "HTTP/1.1 200 OK\r\n\r\n";
    let endless = format!("{head}{}", "x".repeat(1 << 20));
    let error = trouble(move || Reply::Endless(endless.clone()))
        .await
        .to_string();
    assert!(
        error.ends_with("sends more than 16777216 bytes, which is the most"),
        "{error}"
    );

    let server = Server::start(move |_| Reply::Silent(format!("{head}["))).await;
    let admin = at(&server);
    let asking = tokio::spawn(async move { admin.namespaces("platformq").await });
    server.is_asked().await;
    pause();
    let error = asking.await.unwrap().unwrap_err().to_string();
    assert!(error.ends_with("has not answered within 10s"), "{error}");
}

#[tokio::test]
async fn whoever_answers_of_many_hosts_is_asked() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = gone.local_addr().unwrap().port();
    drop(gone);
    let server = Server::start(|_| answer("200 OK", r#"["platformq/a"]"#)).await;
    let url = format!("http://127.0.0.1:{nobody},127.0.0.1:{}", server.port);
    let many = admin(&url);
    assert_eq!(names(&many).await, ["a"]);
    assert_eq!(many.first.load(super::Ordering::Relaxed), 1);
    assert_eq!(names(&many).await, ["a"]);
    let error = admin(&format!("http://127.0.0.1:{nobody}"))
        .namespaces("platformq")
        .await;
    let said = format!("127.0.0.1:{nobody} cannot be reached: connection refused");
    assert_eq!(error.unwrap_err().to_string(), said);

    // One that is silent has its share of the time, and is not the first one again.
    let silent = Server::start(|_| Reply::Silent(String::new())).await;
    let url = format!("http://127.0.0.1:{},127.0.0.1:{}", silent.port, server.port);
    let many = Arc::new(admin(&url));
    let asking = Arc::clone(&many);
    let asking = tokio::spawn(async move { names(&asking).await });
    silent.is_asked().await;
    pass(DEADLINE / 2 + Duration::from_millis(100)).await;
    assert_eq!(asking.await.unwrap(), ["a"]);
    assert_eq!(names(&many).await, ["a"]);
    assert_eq!(silent.asked().len(), 1);
}
