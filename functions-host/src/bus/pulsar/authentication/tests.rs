use super::{Authentication, AuthenticationError, OAuth2, OAuth2Config, TokenSource};
use crate::bus::pulsar::tls::TlsConfig;

fn token(text: &str) -> Option<TokenSource> {
    text.parse().ok()
}

#[tokio::test]
async fn who_has_nothing_to_show_names_no_method_and_a_certificate_is_shown_by_tls() {
    let none = Authentication::default().method_and_data().await;
    assert_eq!(none.unwrap(), (None, Vec::new()));
    let tls = Authentication::Tls.method_and_data().await;
    assert_eq!(tls.unwrap(), (Some("tls"), Vec::new()));
}

#[test]
fn a_token_is_a_word_or_in_a_file() {
    let text = |token: &str| Some(TokenSource::Text(token.to_owned()));
    let file = |path: &str| Some(TokenSource::File(path.into()));
    assert_eq!(token("a.b.c"), text("a.b.c"));
    assert_eq!(token(" token:a.b.c\n"), text("a.b.c"));
    assert_eq!(token("file:///run/a%20token"), file("/run/a token"));
    assert_eq!(token("file:/run/token"), file("/run/token"));
    for wrong in [
        "",
        " ",
        "token:",
        "a b",
        "a\nb",
        "é",
        "file://host/run/token",
    ] {
        assert_eq!(token(wrong), None, "{wrong}");
    }
}

#[tokio::test]
async fn a_token_of_a_file_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let of_file = Authentication::Token(TokenSource::File(path.clone()));
    for written in ["first", " second\n"] {
        std::fs::write(&path, written).unwrap();
        let data = written.trim().as_bytes().to_vec();
        assert_eq!(
            of_file.method_and_data().await.unwrap(),
            (Some("token"), data)
        );
    }
    let said = |error: AuthenticationError| error.to_string();
    let at = path.display().to_string();
    std::fs::write(&path, "s3cr3t and more").unwrap();
    assert_eq!(
        said(of_file.method_and_data().await.unwrap_err()),
        format!("FUNCTIONS_HOST_PULSAR_TOKEN: {at} holds no token, which is one word")
    );
    std::fs::write(&path, "s".repeat(65_537)).unwrap();
    assert_eq!(
        said(of_file.method_and_data().await.unwrap_err()),
        format!("FUNCTIONS_HOST_PULSAR_TOKEN: {at} has more than 65536 bytes")
    );
    std::fs::remove_file(&path).unwrap();
    assert_eq!(
        said(of_file.method_and_data().await.unwrap_err()),
        format!("FUNCTIONS_HOST_PULSAR_TOKEN: {at} cannot be read: entity not found")
    );
}

#[tokio::test(start_paused = true)]
async fn a_file_that_never_ends_to_open_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let of_pipe = Authentication::Token(TokenSource::File(path.clone()));
    let asked = tokio::spawn(async move { of_pipe.method_and_data().await });
    tokio::task::yield_now().await;
    tokio::time::advance(super::DEADLINE * 2).await;
    let error = asked.await.unwrap().unwrap_err();
    assert_eq!(error, AuthenticationError::TimedOut(super::DEADLINE));
    // The thread that opens it would keep the runtime from its end.
    std::fs::write(&path, "").unwrap();
}

#[test]
fn no_token_is_shown() {
    let of_text = Authentication::Token(token("s3cr3t").unwrap());
    let of_file = Authentication::Token(token("file:///run/token").unwrap());
    let mut config = OAuth2Config::new("/run/key.json".into());
    config.audience = Some("urn:pulsar".to_owned());
    let of_issuer = Authentication::OAuth2(OAuth2::new(config, TlsConfig::default()));
    assert_eq!(format!("{of_text:?}"), "Token(Text((secret)))");
    assert_eq!(format!("{of_file:?}"), r#"Token(File("/run/token"))"#);
    assert!(format!("{of_issuer:?}").contains("urn:pulsar"));
}
