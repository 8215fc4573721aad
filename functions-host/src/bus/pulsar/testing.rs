//! Servers and certificates for the tests of this room.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{advance, pause, resume};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

/// Somebody who signs certificates.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    /// A file that says to trust it.
    pub(super) fn file(&self, folder: &Path) -> PathBuf {
        write_pem(folder.join("ca.pem"), "CERTIFICATE", &self.certificate)
    }

    fn sign(&self, name: &str) -> (CertificateDer<'static>, Vec<u8>) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        (signed.der().clone(), key.serialize_der())
    }

    /// Files of a certificate and its key.
    pub(super) fn files(&self, folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let (certificate, key) = self.sign(name);
        let certificate = write_pem(folder.join("cert.pem"), "CERTIFICATE", &certificate);
        (
            certificate,
            write_pem(folder.join("key.pem"), "PRIVATE KEY", &key),
        )
    }

    /// What accepts connections for a host, and asks for a certificate of `clients`.
    pub(super) fn acceptor(&self, name: &str, clients: Option<&Self>) -> TlsAcceptor {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let (certificate, key) = self.sign(name);
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                roots.add(clients.certificate.clone()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::Pkcs8(key.into());
        let server = builder.with_single_cert(vec![certificate], key).unwrap();
        TlsAcceptor::from(Arc::new(server))
    }
}

fn write_pem(path: PathBuf, label: &str, der: &[u8]) -> PathBuf {
    let body = STANDARD.encode(der);
    let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    std::fs::write(&path, pem).unwrap();
    path
}

/// Lets time pass at once, and go on as usual.
///
/// While time stands still it jumps to whatever is waited for with a deadline, even if
/// bytes are on their way. So it never does while they are.
pub(super) async fn pass(time: Duration) {
    pause();
    advance(time).await;
    resume();
}

/// What a server of HTTP does with a request.
pub(super) enum Reply {
    /// It sends this, and hangs up.
    Whole(String),
    /// It sends this, and then this again and again.
    Endless(String),
    /// It sends this, and then nothing more.
    Silent(String),
}

/// An answer with a body.
pub(super) fn answer(status: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Whole(format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}"
    ))
}

/// A server of HTTP on a port of 127.0.0.1.
pub(super) struct Server {
    pub(super) port: u16,
    asked: watch::Receiver<Vec<String>>,
    _task: AbortOnDropHandle<()>,
}

impl Server {
    pub(super) async fn start<R>(reply: R) -> Self
    where
        R: Fn(&str) -> Reply + Send + Sync + 'static,
    {
        Self::listen(None, reply).await
    }

    pub(super) async fn secure<R>(acceptor: TlsAcceptor, reply: R) -> Self
    where
        R: Fn(&str) -> Reply + Send + Sync + 'static,
    {
        Self::listen(Some(acceptor), reply).await
    }

    async fn listen<R>(acceptor: Option<TlsAcceptor>, reply: R) -> Self
    where
        R: Fn(&str) -> Reply + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, asked) = watch::channel(Vec::new());
        let (reply, heard) = (Arc::new(reply), Arc::new(heard));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, reply) = (acceptor.clone(), Arc::clone(&reply));
                let heard = Arc::clone(&heard);
                tokio::spawn(async move {
                    match acceptor {
                        None => serve(stream, &*reply, &heard).await,
                        Some(acceptor) => {
                            let stream = acceptor.accept(stream).await?;
                            serve(stream, &*reply, &heard).await
                        }
                    }
                });
            }
        });
        Self {
            port,
            asked,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// The requests that came, heads and bodies.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.borrow().clone()
    }

    /// Waits for one.
    pub(super) async fn is_asked(&self) {
        let mut asked = self.asked.clone();
        asked.wait_for(|asked| !asked.is_empty()).await.unwrap();
    }
}

async fn serve<S>(
    mut stream: S,
    reply: &(dyn Fn(&str) -> Reply + Send + Sync),
    heard: &watch::Sender<Vec<String>>,
) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(request.clone()).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await?;
    request.extend(body);
    let request = String::from_utf8(request).unwrap();
    let reply = reply(&request);
    heard.send_modify(|heard| heard.push(request));
    match reply {
        Reply::Whole(text) => {
            stream.write_all(text.as_bytes()).await?;
            stream.shutdown().await
        }
        Reply::Endless(text) => loop {
            stream.write_all(text.as_bytes()).await?;
        },
        Reply::Silent(text) => {
            stream.write_all(text.as_bytes()).await?;
            stream.flush().await?;
            std::future::pending().await
        }
    }
}
