//! Connections with TLS.

use std::sync::Arc;

use functions_host::assets::Assets;
use functions_host::egress::ClientConfig;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::bench::{Names, config, policy, trouble};
use crate::server::{ok, redirect};

/// A server with a certificate for `secure.test`, and that certificate.
async fn start(answer: String) -> (u16, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["secure.test".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let server = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await?;
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await?);
                }
                stream.write_all(answer.as_bytes()).await?;
                stream.shutdown().await
            });
        }
    });
    (port, certificate)
}

fn assets(change: impl FnOnce(&mut ClientConfig)) -> Assets {
    let names = Names::new(&[
        ("secure.test", &["127.0.0.1"]),
        ("other.test", &["127.0.0.1"]),
    ]);
    let mut config = config(policy(&["127.0.0.1"]), names);
    change(&mut config.http);
    Assets::new(config).unwrap()
}

#[tokio::test]
async fn a_server_is_asked_for_a_certificate_that_is_trusted_and_has_its_name() {
    let (port, certificate) = start(ok("hello")).await;
    let trusting = assets(|http| http.more_roots = vec![certificate]);
    let uri = format!("https://secure.test:{port}/");
    assert_eq!(trusting.fetch(&uri).await.unwrap(), "hello");
    for uri in [
        format!("https://other.test:{port}/"),
        format!("https://127.0.0.1:{port}/"),
    ] {
        let (said, is_transient) = trouble(&trusting, &uri).await;
        assert!(said.contains("no secure connection with "), "{said}");
        assert!(is_transient);
    }
    let (said, _) = trouble(&assets(|_| {}), &uri).await;
    assert!(
        said.contains("no secure connection with secure.test"),
        "{said}"
    );
}

#[tokio::test]
async fn no_redirect_leads_from_https_to_http() {
    let (port, certificate) = start(redirect("http://127.0.0.1/")).await;
    let trusting = assets(|http| http.more_roots = vec![certificate]);
    let (said, is_transient) = trouble(&trusting, &format!("https://secure.test:{port}/")).await;
    assert_eq!(
        said,
        format!(
            "the asset may not be fetched: https://secure.test:{port} leads from https to http"
        )
    );
    assert!(!is_transient);
}
