//! TLS to the database, and passwords.

use std::fs;
use std::process::{Command, Output};

use functions_host::modules::{Modules, ModulesConfig, PostgresConfig, RegistryConfig};
use functions_host::modules::{ModulesError, StoreConfig};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::database::TestDatabase;
use crate::postgres::{PASSWORD, Postgres};
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

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn tls_is_spoken_and_certificates_are_looked_at_as_sslmode_says() {
    let (authority, certificate, key) = certificates();
    let postgres = Postgres::start_with_tls(&certificate, &key).await;
    let files = TempDir::new().unwrap();
    let ours = files.path().join("ours.pem");
    let others = files.path().join("others.pem");
    fs::write(&ours, authority).unwrap();
    fs::write(&others, certificates().0).unwrap();
    let (ours, others) = (ours.display(), others.display());
    let with = async |host: &str, mode: &str| {
        let port = postgres.port();
        let at = format!("postgres://postgres:{PASSWORD}@{host}:{port}/postgres");
        open(&format!("{at}?sslmode={mode}")).await
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
        assert!(!refused.contains(PASSWORD), "{refused}");
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
    let postgres = Postgres::start().await;
    let mut url = postgres.url();
    let (output, said) = migrate(url.as_str());
    assert!(output.status.success(), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
    url.set_password(Some("wrong-secret")).unwrap();
    let (output, said) = migrate(url.as_str());
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("password authentication failed"), "{said}");
    assert!(!said.contains("wrong-secret"), "{said}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_database_that_cannot_hold_every_text_is_refused() {
    let database = TestDatabase::make().await;
    let mut connection = database.connect().await;
    let other = format!("other_{}", uuid::Uuid::now_v7().simple());
    let make = format!("CREATE DATABASE {other} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    let make = sqlx::raw_sql(sqlx::AssertSqlSafe(make));
    sqlx::Executor::execute(&mut connection, make)
        .await
        .unwrap();
    let mut url: url::Url = database.url().parse().unwrap();
    url.set_path(&other);
    let refused = open(url.as_str()).await.unwrap_err().to_string();
    let gone = format!("DROP DATABASE {other} WITH (FORCE)");
    let gone = sqlx::raw_sql(sqlx::AssertSqlSafe(gone));
    sqlx::Executor::execute(&mut connection, gone)
        .await
        .unwrap();
    assert!(
        refused.contains("its encoding is LATIN1, and has to be UTF8"),
        "{refused}"
    );
}
