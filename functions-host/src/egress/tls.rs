//! TLS for those connections that want it.

use std::io;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::host::Host;

/// Makes connections secure. The certificates of the system are read when the first one is
/// asked for: it takes longer than the rest of a start.
#[derive(Clone)]
pub(super) struct Tls {
    more_roots: Arc<[CertificateDer<'static>]>,
    config: Arc<OnceCell<Arc<ClientConfig>>>,
}

impl Tls {
    /// Trusts what the system trusts, and whom these certificates are of.
    pub(super) fn new(more_roots: Vec<CertificateDer<'static>>) -> Self {
        Self {
            more_roots: more_roots.into(),
            config: Arc::default(),
        }
    }

    pub(super) async fn secure(
        &self,
        connection: TcpStream,
        host: &Host,
    ) -> io::Result<TlsStream<TcpStream>> {
        let config = self.config.get_or_try_init(|| self.read()).await?;
        let name = match host {
            Host::Name(name) => ServerName::try_from(name.clone()).map_err(io::Error::other)?,
            Host::Address(address) => ServerName::from(*address),
        };
        TlsConnector::from(Arc::clone(config))
            .connect(name, connection)
            .await
    }

    async fn read(&self) -> io::Result<Arc<ClientConfig>> {
        let more = Arc::clone(&self.more_roots);
        spawn_blocking(move || {
            let system = rustls_native_certs::load_native_certs();
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(system.certs);
            roots.add_parsable_certificates(more.iter().cloned());
            if roots.is_empty() {
                return Err(io::Error::other(
                    "this machine has no certificates to trust; install its package of CA \
                     certificates, or name a file of them in SSL_CERT_FILE",
                ));
            }
            let mut config =
                ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
                    .with_safe_default_protocol_versions()
                    .map_err(io::Error::other)?
                    .with_root_certificates(roots)
                    .with_no_client_auth();
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Ok(Arc::new(config))
        })
        .await
        .map_err(io::Error::other)?
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}
