use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::{DEADLINE, DialError, Dialer, connect};
use crate::bus::pulsar::testing::{Authority, pass};
use crate::bus::pulsar::tls::{Identity, TlsConfig, TlsError};
use crate::bus::pulsar::url::BrokerUrl;

/// Says once what it hears, over TLS where there is an acceptor.
async fn echo(acceptor: Option<TlsAcceptor>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut heard = [0; 5];
                if let Some(acceptor) = acceptor {
                    let mut stream = acceptor.accept(stream).await?;
                    stream.read_exact(&mut heard).await?;
                    stream.write_all(&heard).await?;
                    return stream.shutdown().await;
                }
                stream.read_exact(&mut heard).await?;
                stream.write_all(&heard).await
            });
        }
    });
    port
}

async fn dial(dialer: &Dialer, url: &str, port: u16) -> Result<String, DialError> {
    let broker: BrokerUrl = format!("{url}:{port}").parse().unwrap();
    let mut stream = dialer.dial(&broker).await?;
    // With TLS 1.3 a broker that does not like a certificate says so only now.
    let mut heard = String::new();
    let exchange = async {
        stream.write_all(b"hello").await?;
        stream.read_to_string(&mut heard).await
    };
    match exchange.await {
        Ok(_) => Ok(heard),
        Err(error) => Ok(format!("{:?}", error.kind())),
    }
}

fn trusting(authority: &Authority, folder: &TempDir) -> TlsConfig {
    TlsConfig {
        ca_file: Some(authority.file(folder.path())),
        identity: None,
    }
}

fn files(error: DialError) -> String {
    assert!(matches!(error, DialError::Files(_)), "{error}");
    error.to_string()
}

#[tokio::test]
async fn names_and_addresses_lead_to_a_port() {
    let port = echo(None).await;
    let dialer = Dialer::new(TlsConfig::default());
    for url in ["pulsar://localhost", "pulsar://127.0.0.1"] {
        assert_eq!(dial(&dialer, url, port).await.unwrap(), "hello");
    }
}

#[tokio::test]
async fn where_nobody_listens_it_is_told_who_was_to_be_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let dialer = Dialer::new(TlsConfig::default());
    let error = dial(&dialer, "pulsar://127.0.0.1", port).await.unwrap_err();
    let said = format!("127.0.0.1:{port} cannot be reached: connection refused");
    assert_eq!(error.to_string(), said);
    let error = dial(&dialer, "pulsar://no-such-host.invalid", port).await;
    let said = "the name no-such-host.invalid cannot be resolved";
    assert_eq!(error.unwrap_err().to_string(), said);
}

/// A port at which connections neither come about nor fail: all that wait to be accepted
/// are there.
async fn black_hole(address: &str) -> (u16, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(address.parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let at = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..2 {
        waiting.push(TcpStream::connect(at).await.unwrap());
    }
    std::mem::forget(listener);
    (at.port(), waiting)
}

#[tokio::test]
async fn a_black_hole_is_given_up_and_the_next_address_has_the_rest_of_the_time() {
    let (port, _waiting) = black_hole("127.0.0.2:0").await;
    let dialer = Dialer::new(TlsConfig::default());
    tokio::time::pause();
    let begun = Instant::now();
    let error = dial(&dialer, "pulsar://127.0.0.2", port).await.unwrap_err();
    let said = format!("127.0.0.2:{port} was not reached within 5s");
    assert_eq!(error.to_string(), said);
    assert!(begun.elapsed() >= DEADLINE, "{:?}", begun.elapsed());

    let _listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let addresses = ["127.0.0.2", "127.0.0.1"].map(|address| address.parse().unwrap());
    // Time goes on by what is said here alone, as long as a thread is busy.
    let (busy, until_dropped) = std::sync::mpsc::channel::<()>();
    let thread = tokio::task::spawn_blocking(move || until_dropped.recv());
    let until = Instant::now() + DEADLINE;
    let connecting = tokio::spawn(async move { connect(&addresses, port, until).await });
    tokio::task::yield_now().await;
    tokio::time::advance(DEADLINE / 2 + Duration::from_millis(100)).await;
    let connection = connecting.await.unwrap().unwrap();
    assert_eq!(connection.peer_addr().unwrap().ip(), addresses[1]);
    drop(busy);
    assert!(thread.await.unwrap().is_err());
}

#[tokio::test]
async fn a_broker_needs_a_certificate_that_is_trusted_and_has_its_name() {
    let (authority, folder) = (Authority::new("one"), tempfile::tempdir().unwrap());
    let port = echo(Some(authority.acceptor("localhost", None))).await;
    let dialer = Dialer::new(trusting(&authority, &folder));
    assert_eq!(
        dial(&dialer, "pulsar+ssl://localhost", port).await.unwrap(),
        "hello"
    );
    // As a name is written that is a whole one.
    let connection = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert!(dialer.secure(connection, "localhost.", port).await.is_ok());
    let error = dial(&dialer, "pulsar+ssl://127.0.0.1", port)
        .await
        .unwrap_err();
    assert!(matches!(error, DialError::Tls { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("not valid for name \"127.0.0.1\""),
        "{error}"
    );

    let said = format!(
        "no secure connection with localhost:{port}: its certificate is from nobody who is \
         trusted here; FUNCTIONS_HOST_PULSAR_CA_FILE names a file of those who are"
    );
    // A stranger, and one who goes by the same name.
    for other in [Authority::new("other"), Authority::new("one")] {
        let dialer = Dialer::new(trusting(&other, &folder));
        let error = dial(&dialer, "pulsar+ssl://localhost", port).await;
        assert_eq!(error.unwrap_err().to_string(), said);
    }
}

#[tokio::test]
async fn a_broker_that_asks_who_is_there_is_shown_the_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (brokers, clients) = (Authority::new("brokers"), Authority::new("clients"));
    let port = echo(Some(brokers.acceptor("localhost", Some(&clients)))).await;
    let nobody = trusting(&brokers, &folder);
    let url = "pulsar+ssl://localhost";
    let refused = dial(&Dialer::new(nobody.clone()), url, port).await.unwrap();
    assert_eq!(refused, "InvalidData");
    let (cert_file, key_file) = clients.files(folder.path(), "functions-host");
    let somebody = TlsConfig {
        identity: Some(Identity {
            cert_file,
            key_file,
        }),
        ..nobody
    };
    assert_eq!(
        dial(&Dialer::new(somebody), url, port).await.unwrap(),
        "hello"
    );
}

#[tokio::test]
async fn what_speaks_no_tls_and_what_says_nothing_are_told_apart() {
    let (authority, folder) = (Authority::new("one"), tempfile::tempdir().unwrap());
    let dialer = Dialer::new(trusting(&authority, &folder));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let says = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        stream.write_all(b"SSH-2.0-server\r\n").await?;
        // Not to hang up before it was read.
        stream.read_to_end(&mut Vec::new()).await
    });
    let error = dial(&dialer, "pulsar+ssl://localhost", at.port()).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("what it says is no TLS"), "{error}");
    says.await.unwrap().unwrap();

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let hangs_up = tokio::spawn(async move { listener.accept().await.map(drop) });
    let error = dial(&dialer, "pulsar+ssl://localhost", at.port()).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("it hung up"), "{error}");
    hangs_up.await.unwrap().unwrap();

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let connection = TcpStream::connect(at).await.unwrap();
    tokio::time::pause();
    let secure = dialer.secure(connection, "localhost", at.port()).await;
    let said = format!("localhost:{} was not reached within 5s", at.port());
    assert_eq!(secure.unwrap_err().to_string(), said);
}

#[tokio::test]
async fn certificates_are_read_again_after_five_minutes() {
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    let folder = tempfile::tempdir().unwrap();
    let dialer = Dialer::new(trusting(&old, &folder));
    let port = echo(Some(old.acceptor("localhost", None))).await;
    let url = "pulsar+ssl://localhost";
    assert_eq!(dial(&dialer, url, port).await.unwrap(), "hello");
    new.file(folder.path());
    assert_eq!(dial(&dialer, url, port).await.unwrap(), "hello");
    pass(Duration::from_secs(300)).await;
    let error = dial(&dialer, url, port).await.unwrap_err();
    assert!(
        error.to_string().contains("nobody who is trusted"),
        "{error}"
    );
    let port = echo(Some(new.acceptor("localhost", None))).await;
    assert_eq!(dial(&dialer, url, port).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_told_with_its_setting_and_not_with_what_it_holds() {
    let (authority, folder) = (Authority::new("one"), tempfile::tempdir().unwrap());
    let port = echo(Some(authority.acceptor("localhost", None))).await;
    let (cert_file, key_file) = authority.files(folder.path(), "a");
    let (ca_file, wrong) = (authority.file(folder.path()), folder.path().join("wrong"));
    let said = async |ca: &Path, cert: &Path, key: &Path| {
        let tls = TlsConfig {
            ca_file: Some(ca.to_owned()),
            identity: Some(Identity {
                cert_file: cert.to_owned(),
                key_file: key.to_owned(),
            }),
        };
        let dialed = dial(&Dialer::new(tls), "pulsar+ssl://localhost", port).await;
        files(dialed.unwrap_err())
    };
    let at = wrong.display();
    assert_eq!(
        said(&wrong, &cert_file, &key_file).await,
        format!("FUNCTIONS_HOST_PULSAR_CA_FILE: {at} cannot be read: entity not found")
    );
    std::fs::write(&wrong, "s3cr3t").unwrap();
    assert_eq!(
        said(&ca_file, &wrong, &key_file).await,
        format!(
            "FUNCTIONS_HOST_PULSAR_CERT_FILE: {at} holds no certificate in PEM, as in \
             -----BEGIN …-----"
        )
    );
    std::fs::write(&wrong, "-----BEGIN PRIVATE KEY-----\ns3cr3t!\n").unwrap();
    assert_eq!(
        said(&ca_file, &cert_file, &wrong).await,
        format!("FUNCTIONS_HOST_PULSAR_KEY_FILE: {at} is no PEM file")
    );
    std::fs::write(
        &wrong,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    assert_eq!(
        said(&wrong, &cert_file, &key_file).await,
        format!("FUNCTIONS_HOST_PULSAR_CA_FILE: {at} holds no certificate that can be used")
    );
    std::fs::copy(&key_file, &wrong).unwrap();
    let (cert_file, _) = authority.files(folder.path(), "b");
    assert!(said(&ca_file, &cert_file, &wrong).await.contains(
        "FUNCTIONS_HOST_PULSAR_CERT_FILE and FUNCTIONS_HOST_PULSAR_KEY_FILE do not fit together"
    ));
    assert!(
        TlsError::NoRoots
            .to_string()
            .contains("FUNCTIONS_HOST_PULSAR_CA_FILE")
    );
}
