//! TLS: whom this host trusts, and what it shows of itself.
//!
//! Certificates are renewed while a host runs, so their files are read again after a while.
//! What cannot be read then, since a new certificate lies there and its key not yet, fails
//! one connection, and the next one reads again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

/// How long what was read is used.
const FRESH: Duration = Duration::from_secs(300);

const CA_FILE: &str = "FUNCTIONS_HOST_PULSAR_CA_FILE";
const CERT_FILE: &str = "FUNCTIONS_HOST_PULSAR_CERT_FILE";
const KEY_FILE: &str = "FUNCTIONS_HOST_PULSAR_KEY_FILE";

/// How connections to brokers are made secure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsConfig {
    /// PEM file of those who are trusted, in the place of whom the system trusts.
    pub ca_file: Option<PathBuf>,
    /// What is shown to brokers that ask who is there.
    pub identity: Option<Identity>,
}

/// A certificate of this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// PEM file of the certificate, and of those between it and the one that is trusted.
    pub cert_file: PathBuf,
    /// PEM file of its key.
    pub key_file: PathBuf,
}

/// Why the files of certificates cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read, or holds something else.
    #[error("{setting}: {} {what}", path.display())]
    File {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong, as the end of a sentence.
        what: String,
    },
    /// The certificate and the key do not fit.
    #[error("{CERT_FILE} and {KEY_FILE} do not fit together: {0}")]
    Identity(String),
    /// There is nobody to trust.
    #[error(
        "this machine has no certificates to trust; install its package of CA certificates, or \
         name a file of them in {CA_FILE}"
    )]
    NoRoots,
    /// TLS itself cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Library(String),
}

/// Whom the file of those to trust is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// Brokers: nobody else is trusted, and this host shows who it is.
    Brokers,
    /// Whoever gives tokens, which may be a service that everybody uses: they are trusted
    /// beside those of the system.
    Issuers,
}

/// What connections need, read from the files when the first one asks.
#[derive(Debug)]
pub(super) struct Tls {
    files: TlsConfig,
    whom: For,
    read: Mutex<Option<(Instant, Arc<ClientConfig>)>>,
}

impl Tls {
    pub(super) fn new(files: TlsConfig, whom: For) -> Self {
        Self {
            files,
            whom,
            read: Mutex::default(),
        }
    }

    pub(super) async fn config(&self) -> Result<Arc<ClientConfig>, TlsError> {
        if let Some((since, config)) = &*self.read.lock().unwrap_or_else(PoisonError::into_inner)
            && since.elapsed() < FRESH
        {
            return Ok(Arc::clone(config));
        }
        let (files, whom) = (self.files.clone(), self.whom);
        let config = spawn_blocking(move || read(&files, whom)).await;
        let config = config.map_err(|error| TlsError::Library(error.to_string()))??;
        let config = Arc::new(config);
        let read = (Instant::now(), Arc::clone(&config));
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
        Ok(config)
    }
}

fn read(files: &TlsConfig, whom: For) -> Result<ClientConfig, TlsError> {
    let library = |error: rustls::Error| TlsError::Library(error.to_string());
    let builder = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(library)?
        .with_root_certificates(roots(files, whom)?);
    match &files.identity {
        Some(identity) if whom == For::Brokers => {
            let chain = certificates(&identity.cert_file, CERT_FILE)?;
            let key = PrivateKeyDer::from_pem_file(&identity.key_file)
                .map_err(|error| file(KEY_FILE, &identity.key_file, error, "key"))?;
            let config = builder.with_client_auth_cert(chain, key);
            config.map_err(|error| TlsError::Identity(error.to_string()))
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn roots(files: &TlsConfig, whom: For) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    if files.ca_file.is_none() || whom == For::Issuers {
        let system = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(system.certs);
    }
    if let Some(path) = &files.ca_file {
        let (usable, _) = roots.add_parsable_certificates(certificates(path, CA_FILE)?);
        if usable == 0 {
            return Err(TlsError::File {
                setting: CA_FILE,
                path: path.clone(),
                what: "holds no certificate that can be used".to_owned(),
            });
        }
    }
    if roots.is_empty() {
        return Err(TlsError::NoRoots);
    }
    Ok(roots)
}

/// The certificates in a file, at least one.
fn certificates(
    path: &Path,
    setting: &'static str,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |error| file(setting, path, error, "certificate");
    let all = CertificateDer::pem_file_iter(path).map_err(wrong)?;
    let all: Vec<_> = all.collect::<Result<_, _>>().map_err(wrong)?;
    if all.is_empty() {
        return Err(wrong(PemError::NoItemsFound));
    }
    Ok(all)
}

fn file(setting: &'static str, path: &Path, error: PemError, wanted: &str) -> TlsError {
    let what = match error {
        PemError::Io(error) => format!("cannot be read: {}", error.kind()),
        PemError::NoItemsFound => format!("holds no {wanted} in PEM, as in -----BEGIN …-----"),
        // What it quotes may be a part of a key.
        _ => "is no PEM file".to_owned(),
    };
    TlsError::File {
        setting,
        path: path.to_owned(),
        what,
    }
}
