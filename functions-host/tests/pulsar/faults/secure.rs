//! A broker that wants to know who comes, over TLS.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use axum::routing::{get, post};
use axum::{Form, Json, Router};
use functions_tests::pulsar::Standalone;
use http::StatusCode;
use serde_json::json;
use tokio::net::TcpListener;

use crate::ground::{Ground, ready, status};
use crate::server::{EXECUTIONS, Server};
use crate::soon::soon;

const SECRET: &str = "the-secret-of-the-client";

/// Somebody who gives tokens that are good for so long to whoever knows the secret, and how
/// many were given.
async fn issuer(
    token: impl Fn() -> String + Clone + Send + Sync + 'static,
    lasts: Duration,
) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let given = Arc::new(AtomicUsize::new(0));
    let gives = Arc::clone(&given);
    let give = move |Form(form): Form<Vec<(String, String)>>| {
        let (gives, token) = (Arc::clone(&gives), token.clone());
        async move {
            let says =
                |name: &str, value: &str| form.contains(&(name.to_owned(), value.to_owned()));
            let is_known = says("grant_type", "client_credentials")
                && says("client_id", "functions")
                && says("client_secret", SECRET)
                && says("audience", "urn:pulsar");
            if !is_known {
                let error = json!({"error": "invalid_client"});
                return (StatusCode::UNAUTHORIZED, Json(error));
            }
            gives.fetch_add(1, Ordering::SeqCst);
            let token = json!({
                "access_token": token(),
                "token_type": "Bearer",
                "expires_in": lasts.as_secs(),
            });
            (StatusCode::OK, Json(token))
        }
    };
    let known = json!({"token_endpoint": format!("http://{address}/token")});
    let router = Router::new()
        .route(
            "/.well-known/openid-configuration",
            get(async move || Json(known)),
        )
        .route("/token", post(give));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, given)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A request is carried out, and its end is heard of. While a connection is made anew, as
/// where a token has ended before there was another one, the host says to come again.
async fn works(host: &Server) {
    let body = br#"{"tenant_id": "a", "wasm_module_id": "echo", "input": {"n": "1"}}"#;
    let answer = soon("the host works", async || {
        let answer = host.post(&format!("{EXECUTIONS}?wait=true"), body);
        let comes_again = answer.status == 503 && answer.header("retry-after").is_some();
        (!comes_again).then_some(answer)
    });
    let answer = answer.await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["results"]["n"], "1");
}

/// Nothing of what is secret is in a log, or was answered.
fn silent(host: Server, secrets: &[&str]) {
    let told = status(&host).to_string();
    let log = host.end();
    for secret in secrets {
        assert!(!log.contains(secret), "{log}");
        assert!(!told.contains(secret), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_host_is_served_whichever_way_it_shows_who_it_is() {
    let broker = Standalone::launch_secured().await;
    let ground = Ground::secured(&broker, &["a"]).await;
    let security = broker.security();
    let ca = security.ca_file();
    let trusting = |more: &[&str]| {
        let own = ["--log-level", "DEBUG", "--pulsar-ca-file", path(&ca)];
        ground.host(&[&own, more].concat())
    };
    let folder = tempfile::tempdir().unwrap();

    // By a token, and by one in a file.
    let token = security.token(security.role(), None);
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{token}\n")).unwrap();
    for shown in [token.clone(), format!("file://{}", path(&file))] {
        let host = trusting(&["--pulsar-token", &shown]);
        ready(&host).await;
        works(&host).await;
        silent(host, &[&token]);
    }

    // By a certificate.
    let (certificate, key) = security.client_files();
    let host = trusting(&[
        "--pulsar-cert-file",
        path(&certificate),
        "--pulsar-key-file",
        path(&key),
    ]);
    ready(&host).await;
    works(&host).await;
    let key = std::fs::read_to_string(&key).unwrap();
    silent(host, &[key.lines().nth(1).unwrap()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn tokens_of_oauth2_are_fetched_and_renewed_as_they_end() {
    const LASTS: Duration = Duration::from_secs(4);
    let broker = Arc::new(Standalone::launch_secured().await);
    let ground = Ground::secured(&broker, &["a"]).await;
    let of = Arc::clone(&broker);
    let token = move || {
        let security = of.security();
        security.token(security.role(), Some(SystemTime::now() + LASTS))
    };
    let (address, given) = issuer(token, LASTS).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.json");
    let key = json!({
        "type": "client_credentials",
        "client_id": "functions",
        "client_secret": SECRET,
        "issuer_url": format!("http://{address}"),
    });
    std::fs::write(&file, key.to_string()).unwrap();
    let ca = broker.security().ca_file();
    let host = ground.host(&[
        "--log-level",
        "DEBUG",
        "--pulsar-ca-file",
        path(&ca),
        "--pulsar-oauth2-key-file",
        path(&file),
        "--pulsar-oauth2-audience",
        "urn:pulsar",
    ]);
    ready(&host).await;
    works(&host).await;
    // The broker asks again once a token has ended, and is shown the next one.
    let before = given.load(Ordering::SeqCst);
    soon("tokens are renewed", async || {
        (given.load(Ordering::SeqCst) >= before + 2).then_some(())
    })
    .await;
    works(&host).await;
    ready(&host).await;
    silent(host, &[SECRET, "eyJ"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_host_that_is_not_known_says_so_and_does_not_ask_again_and_again() {
    let broker = Standalone::launch_secured().await;
    let ground = Ground::secured(&broker, &["a"]).await;
    let security = broker.security();
    let ca = security.ca_file();
    let ended = SystemTime::now() - Duration::from_secs(60);
    let ended = security.token(security.role(), Some(ended));
    let (signed, _) = ended.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", "A".repeat(43));
    for token in [&ended, &forged] {
        let trusting = ["--pulsar-ca-file", path(&ca), "--pulsar-token", token];
        // Where an administrator is asked, that one says so.
        let host = ground.host(&trusting);
        says(&host, "does not know this host (status 401)").await;
        silent(host, &[token]);
        // Where none is, it is the broker.
        let before = refused(&broker).await;
        let host = ground.host_of("a", &trusting);
        says(&host, "AuthenticationError").await;
        let body = br#"{"tenant_id": "a", "wasm_module_id": "echo", "input": {}}"#;
        for _ in 0..50 {
            let answer = host.post(EXECUTIONS, body);
            assert_eq!(answer.status, 503, "{answer:?}");
        }
        let attempts = refused(&broker).await - before;
        assert!((1..15).contains(&attempts), "{attempts} attempts");
        silent(host, &[token]);
    }
    // Whoever trusts no authority of the broker does not get as far as that.
    let host = ground.host(&["--pulsar-token", &ended]);
    says(&host, "certificate").await;
    silent(host, &[&ended]);
}

/// Waits until a host says why it is not ready.
async fn says(host: &Server, why: &str) {
    soon(why, async || {
        let told = status(host);
        let error = told["bus"]["error"].as_str()?;
        error.contains(why).then_some(())
    })
    .await;
    assert_eq!(host.get("/ready").status, 503);
    assert_eq!(host.get("/health").status, 200);
}

/// How often the broker has refused to let somebody in.
async fn refused(broker: &Standalone) -> usize {
    let log = broker.log().await;
    let refused = log
        .lines()
        .filter(|line| line.contains("Failed to authenticate: operation=connect"));
    refused.count()
}
