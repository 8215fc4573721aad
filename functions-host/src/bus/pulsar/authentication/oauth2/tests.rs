use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ::url::{Url, form_urlencoded};
use tempfile::TempDir;
use tokio::time::pause;

use super::{OAuth2, OAuth2Config};
use crate::bus::pulsar::testing::{Authority, Reply, Server, answer, pass};
use crate::bus::pulsar::tls::TlsConfig;

const SECRET: &str = "s3cr3t & more";

const WELL_KNOWN: &str = "GET /realm/.well-known/openid-configuration HTTP/1.1\r\n";

/// The port that a request came to.
fn host(request: &str) -> &str {
    let host = request.lines().find_map(|line| line.strip_prefix("host: "));
    host.unwrap()
}

/// An issuer who says where tokens are given, and gives them like this.
async fn issuer(give: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Server {
    let given = AtomicUsize::new(0);
    Server::start(move |request| {
        if request.starts_with("GET ") {
            return known(&format!("http://{}/token", host(request)));
        }
        give(given.fetch_add(1, Ordering::Relaxed) + 1, request)
    })
    .await
}

fn known(endpoint: &str) -> Reply {
    answer(
        "200 OK",
        &format!(r#"{{"issuer": "x", "token_endpoint": "{endpoint}"}}"#),
    )
}

fn key_file(folder: &Path) -> OAuth2Config {
    let key = serde_json::json!({
        "type": "client_credentials",
        "client_id": "an-id",
        "client_secret": SECRET,
        "client_email": "host@example.com",
        "issuer_url": "http://127.0.0.1:1/unused",
    });
    let path = folder.join("key.json");
    std::fs::write(&path, key.to_string()).unwrap();
    OAuth2Config::new(path)
}

struct Ground {
    oauth2: OAuth2,
    folder: TempDir,
}

/// With the issuer at this address.
fn ground(url: &str) -> Ground {
    let folder = tempfile::tempdir().unwrap();
    let mut config = key_file(folder.path());
    config.issuer_url = Some(Url::parse(url).unwrap());
    config.audience = Some("urn:sn:pulsar".to_owned());
    Ground {
        oauth2: OAuth2::new(config, TlsConfig::default()),
        folder,
    }
}

fn at(server: &Server) -> Ground {
    ground(&format!("http://127.0.0.1:{}/realm/", server.port))
}

impl Ground {
    async fn token(&self) -> String {
        String::from_utf8(self.oauth2.token().await.unwrap()).unwrap()
    }

    async fn said(&self) -> String {
        let said = self.oauth2.token().await.unwrap_err().to_string();
        assert!(!said.contains("s3cr3t"), "{said}");
        said
    }
}

fn token(number: usize, lasts: &str) -> Reply {
    answer(
        "200 OK",
        &format!(r#"{{"access_token": "token-{number}", "token_type": "Bearer"{lasts}}}"#),
    )
}

#[tokio::test]
async fn a_token_is_asked_for_with_the_key_where_the_issuer_says() {
    let server = issuer(|number, _| token(number, "")).await;
    let ground = at(&server);
    assert_eq!(ground.token().await, "token-1");
    let asked = server.asked();
    let [known, asked] = &*asked else {
        panic!("{asked:?}");
    };
    assert!(known.starts_with(WELL_KNOWN), "{known}");
    let (head, form) = asked.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /token HTTP/1.1\r\n"), "{head}");
    assert!(
        head.contains("content-type: application/x-www-form-urlencoded"),
        "{head}"
    );
    let form: Vec<_> = form_urlencoded::parse(form.as_bytes())
        .into_owned()
        .collect();
    let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let sent = [
        ("grant_type", "client_credentials"),
        ("client_id", "an-id"),
        ("client_secret", SECRET),
        ("audience", "urn:sn:pulsar"),
    ];
    assert_eq!(form, sent.map(pair));
    assert!(!format!("{:?}", ground.oauth2).contains("token-1"));
}

#[tokio::test]
async fn the_key_file_may_say_who_the_issuer_is() {
    let server = issuer(|number, _| token(number, "")).await;
    let Ground { folder, .. } = at(&server);
    let mut config = key_file(folder.path());
    config.scope = Some("a b".to_owned());
    let path = config.key_file.clone();
    let oauth2 = OAuth2::new(config, TlsConfig::default());
    let key = std::fs::read_to_string(&path).unwrap();
    let here = format!("http://127.0.0.1:{}/realm", server.port);
    std::fs::write(&path, key.replace("http://127.0.0.1:1/unused", &here)).unwrap();
    assert_eq!(oauth2.token().await.unwrap(), b"token-1");
    assert!(server.asked()[1].ends_with("&scope=a+b"));
    std::fs::write(&path, key.replace("http://127.0.0.1:1/unused", "ftp://x")).unwrap();
    let said = oauth2.token().await.unwrap_err().to_string();
    assert_eq!(
        said,
        "FUNCTIONS_HOST_PULSAR_OAUTH2_ISSUER_URL is not set, and the file of \
         FUNCTIONS_HOST_PULSAR_OAUTH2_KEY_FILE has no `issuer_url` with http or https"
    );
}

#[tokio::test]
async fn a_token_is_used_for_nine_tenths_of_its_time_unless_it_is_forgotten() {
    for lasts in [r#", "expires_in": 10000"#, r#", "expires_in": "10000""#] {
        let server = issuer(move |number, _| token(number, lasts)).await;
        let ground = at(&server);
        assert_eq!(ground.token().await, "token-1");
        pass(Duration::from_secs(8_000)).await;
        assert_eq!(ground.token().await, "token-1");
        pass(Duration::from_secs(1_000)).await;
        assert_eq!(ground.token().await, "token-2");
        ground.oauth2.forget();
        assert_eq!(ground.token().await, "token-3");
        assert_eq!(ground.token().await, "token-3");
    }
}

#[tokio::test]
async fn a_token_of_which_nobody_says_how_long_it_lasts_is_used_once() {
    for lasts in [
        "",
        r#", "expires_in": -1"#,
        r#", "expires_in": "soon""#,
        r#", "expires_in": "NaN""#,
    ] {
        let server = issuer(move |number, _| token(number, lasts)).await;
        let ground = at(&server);
        assert_eq!(ground.token().await, "token-1", "{lasts}");
        assert_eq!(ground.token().await, "token-2", "{lasts}");
    }
    let server = issuer(|number, _| token(number, r#", "expires_in": 1e300"#)).await;
    let ground = at(&server);
    assert_eq!(ground.token().await, "token-1");
    pass(Duration::from_secs(80_000)).await;
    assert_eq!(ground.token().await, "token-1");
    pass(Duration::from_secs(6_400)).await;
    assert_eq!(ground.token().await, "token-2");
}

#[tokio::test]
async fn an_issuer_who_refuses_is_told_with_the_word_that_the_standard_has() {
    // It says the whole request again, with the secret.
    let server = issuer(|_, request| {
        let description = request.lines().last().unwrap();
        let body = format!(
            r#"{{"error": "invalid_client", "error_description": "{description} {SECRET}"}}"#
        );
        answer("401 Unauthorized", &body)
    })
    .await;
    let here = format!("http://127.0.0.1:{}", server.port);
    assert_eq!(
        at(&server).said().await,
        format!(
            "there is no token: {here} answers with status 401 and `invalid_client`, and 200 is \
             needed; see FUNCTIONS_HOST_PULSAR_OAUTH2_KEY_FILE"
        )
    );
    let server = issuer(|_, _| answer("400 Bad Request", r#"{"error": "s3cr3t"}"#)).await;
    let said = at(&server).said().await;
    assert!(
        said.ends_with("answers with status 400, and 200 is needed"),
        "{said}"
    );
}

#[tokio::test]
async fn no_redirect_is_followed() {
    const ELSEWHERE: &str = "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\n\
                             content-length: 0\r\n\r\n";
    let server = issuer(|_, _| Reply::Whole(ELSEWHERE.to_owned())).await;
    let said = at(&server).said().await;
    assert!(said.contains("status 307"), "{said}");
    let server = Server::start(|_| Reply::Whole(ELSEWHERE.to_owned())).await;
    let said = at(&server).said().await;
    let answered = "/.well-known/openid-configuration is answered with status 307, not with \
                    200; see FUNCTIONS_HOST_PULSAR_OAUTH2_ISSUER_URL";
    assert!(said.ends_with(answered), "{said}");
}

#[tokio::test]
async fn the_secret_is_not_sent_over_http_where_the_issuer_has_https() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("one");
    let plain = Arc::new(issuer(|number, _| token(number, "")).await);
    let endpoint = format!("http://127.0.0.1:{}/token", plain.port);
    let acceptor = authority.acceptor("localhost", None);
    let server = Server::secure(acceptor, move |_| known(&endpoint)).await;
    let mut config = key_file(folder.path());
    let url = format!("https://localhost:{}", server.port);
    config.issuer_url = Some(Url::parse(&url).unwrap());
    let tls = TlsConfig {
        ca_file: Some(authority.file(folder.path())),
        ..TlsConfig::default()
    };
    let said = OAuth2::new(config, tls)
        .token()
        .await
        .unwrap_err()
        .to_string();
    assert!(said.contains("leads from https to http"), "{said}");
    assert_eq!(plain.asked(), [""; 0]);
}

#[tokio::test]
async fn an_answer_that_is_none_gives_no_token() {
    for body in [
        "",
        "no json",
        "{}",
        r#"{"access_token": ""}"#,
        r#"{"access_token": "a\r\nb"}"#,
        r#"{"access_token": 7}"#,
        r#"["s3cr3t"]"#,
    ] {
        let server = issuer(move |_, _| answer("200 OK", body)).await;
        let said = at(&server).said().await;
        assert!(
            said.ends_with("has no `access_token` that can be used"),
            "{said}"
        );
    }
    for endpoint in ["", "token", "file:///etc/passwd", "http://user@127.0.0.1/"] {
        let server = Server::start(move |_| known(endpoint)).await;
        let said = at(&server).said().await;
        assert!(
            said.contains("without a `token_endpoint` with http or https"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn an_answer_has_a_size_and_a_time() {
    let head = "HTTP/1.1 200 OK\r\n\r\n";
    let server = issuer(move |_, _| Reply::Endless(format!("{head}{}", "x".repeat(9999)))).await;
    let said = at(&server).said().await;
    assert!(
        said.ends_with("sends more than 262144 bytes, which is the most"),
        "{said}"
    );
    let server =
        issuer(|_, _| Reply::Endless(format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(999))));
    let said = at(&server.await).said().await;
    assert!(
        said.contains("broke off, or its answer is no HTTP"),
        "{said}"
    );

    let server = Server::start(move |_| Reply::Silent(format!("{head}{{"))).await;
    let ground = at(&server);
    let asking = tokio::spawn(async move { ground.said().await });
    server.is_asked().await;
    pause();
    let said = asking.await.unwrap();
    assert!(said.ends_with("has not answered within 5s"), "{said}");
}

#[tokio::test]
async fn a_key_file_that_is_none_is_told_without_what_it_holds() {
    let server = issuer(|number, _| token(number, "")).await;
    let ground = at(&server);
    let path = ground.folder.path().join("key.json");
    let file = format!("FUNCTIONS_HOST_PULSAR_OAUTH2_KEY_FILE: {}", path.display());
    for (key, what) in [
        (
            r#"{"client_id": "a", "client_secret": ["s3cr3t"]}"#,
            "is no JSON object with texts under `client_id` and `client_secret`",
        ),
        (
            r#"{"client_secret": "s3cr3t"}"#,
            "is no JSON object with texts under `client_id` and `client_secret`",
        ),
        (
            r#"{"type": "sn_service_account", "client_id": "a", "client_secret": "s3cr3t"}"#,
            "has another `type` than `client_credentials`",
        ),
    ] {
        std::fs::write(&path, key).unwrap();
        assert_eq!(ground.said().await, format!("{file} {what}"));
    }
    assert_eq!(server.asked(), [""; 0]);
}
