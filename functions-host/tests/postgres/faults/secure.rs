//! TLS to the database, and passwords.

use std::fs;
use std::process::{Command, Output};

use functions_host::modules::{Modules, ModulesConfig, PostgresConfig, RegistryConfig};
use functions_host::modules::{ModulesError, StoreConfig};
use functions_tests::postgres::Postgres;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use url::Url;

use crate::server::command;

/// Whether a registry is opened, or why not.
async fn open(url: &str) -> Result<(), ModulesError> {
    let registry = RegistryConfig::Postgres(PostgresConfig::new(url.parse().unwrap()));
    let store = StoreConfig::Folder("unused".into());
    Modules::migrate(&ModulesConfig::new(store, registry)).await
}

/// A certificate authority, and a certificate of it for `localhost`.
fn certificates() -> (String, String, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&key, &authority).unwrap();
    let authority = pem("CERTIFICATE", authority.der());
    (
        authority,
        pem("CERTIFICATE", server.der()),
        pem("PRIVATE KEY", key.serialized_der()),
    )
}

fn pem(kind: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n",
        lines.join("\n")
    )
}

/// Has a server speak TLS, and nothing else.
async fn with_tls(certificate: &str, key: &str) -> Postgres {
    let postgres = Postgres::launch().await;
    let rules = "hostssl all all all scram-sha-256";
    for (file, text) in [
        ("server.crt", certificate),
        ("server.key", key),
        ("pg_hba.conf", rules),
    ] {
        let lines = format!("SELECT unnest(string_to_array('{text}', E'\\n'))");
        let write = format!("COPY ({lines}) TO PROGRAM 'umask 077; cat > {file}'");
        postgres.sql(&write).await.unwrap();
    }
    postgres.sql("ALTER SYSTEM SET ssl = on").await.unwrap();
    postgres.sql("SELECT pg_reload_conf()").await.unwrap();
    while postgres.sql("SHOW ssl").await.unwrap() != "on\n" {}
    postgres
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn tls_is_spoken_and_certificates_are_looked_at_as_sslmode_says() {
    let (authority, certificate, key) = certificates();
    let postgres = with_tls(&certificate, &key).await;
    let url: Url = postgres.url().parse().unwrap();
    let password = url.password().unwrap();
    let files = TempDir::new().unwrap();
    let ours = files.path().join("ours.pem");
    let others = files.path().join("others.pem");
    fs::write(&ours, authority).unwrap();
    fs::write(&others, certificates().0).unwrap();
    let (ours, others) = (ours.display(), others.display());
    let with = async |host: &str, mode: &str| {
        let mut url = url.clone();
        url.set_host(Some(host)).unwrap();
        open(&format!("{url}?sslmode={mode}")).await
    };
    let trusting = format!("verify-full&sslrootcert={ours}");
    with("localhost", "require").await.unwrap();
    with("localhost", &trusting).await.unwrap();
    with("127.0.0.1", &format!("verify-ca&sslrootcert={ours}"))
        .await
        .unwrap();
    for (host, mode) in [
        ("localhost", "disable"),
        ("localhost", "verify-full"),
        ("localhost", &format!("verify-full&sslrootcert={others}")),
        ("127.0.0.1", &trusting),
    ] {
        let refused = with(host, mode).await.unwrap_err().to_string();
        let at = format!(
            "postgres://{host}:{}/postgres cannot be used",
            postgres.port()
        );
        assert!(refused.contains(&at), "{refused}");
        assert!(!refused.contains(password), "{refused}");
    }
}

/// Has a host bring the databases up to date, and says what it says.
fn migrate(url: &str) -> (Output, String) {
    let folder = TempDir::new().unwrap();
    let mut migrate: Command = command(folder.path());
    migrate.args(["--log-level", "DEBUG", "migrate"]);
    let output = migrate.env("DATABASE_URL", url).output().unwrap();
    let said = [output.stdout.clone(), output.stderr.clone()].concat();
    assert!(!folder.path().join("modules").exists());
    (output, String::from_utf8(said).unwrap())
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_password_is_shown_to_nobody_whether_it_is_right_or_wrong() {
    let postgres = Postgres::launch().await;
    let mut url: Url = postgres.url().parse().unwrap();
    let password = url.password().unwrap().to_owned();
    let (output, said) = migrate(url.as_str());
    assert!(output.status.success(), "{said}");
    assert!(!said.contains(&password), "{said}");
    url.set_password(Some("wrong-secret")).unwrap();
    let (output, said) = migrate(url.as_str());
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("password authentication failed"), "{said}");
    assert!(!said.contains("wrong-secret"), "{said}");
}
