//! Whom to trust with TLS.

use super::super::PublishError;
use super::RabbitMq;
use super::deadline::Deadline;

#[cfg(feature = "rabbitmq-tls")]
pub(super) use with_tls::trust;
#[cfg(not(feature = "rabbitmq-tls"))]
pub(super) use without_tls::trust;

#[cfg(feature = "rabbitmq-tls")]
mod with_tls {
    use std::io;
    use std::path::Path;

    use lapin::tcp::{RustlsConnector, RustlsConnectorConfig};
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject;

    use super::{Deadline, PublishError, RabbitMq};

    /// `None` where the connection is not to be encrypted.
    pub(in super::super) async fn trust(
        settings: &RabbitMq,
        deadline: &Deadline<'_>,
    ) -> Result<Option<RustlsConnector>, PublishError> {
        if !settings.broker.tls {
            return Ok(None);
        }
        let ca_file = settings.ca_file.clone();
        let read = tokio::task::spawn_blocking(move || match ca_file {
            Some(path) => of_file(&path),
            None => of_system(),
        });
        let read = deadline.hold("the reading of certificates", read).await?;
        read.unwrap_or_else(|stopped| Err(PublishError::unavailable(stopped)))
            .map(Some)
    }

    fn of_file(path: &Path) -> Result<RustlsConnector, PublishError> {
        let certificates = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| match error {
                rustls_pki_types::pem::Error::Io(error) => unusable(path, &error.to_string()),
                error => unusable(path, &format!("it is no PEM: {error}")),
            })?;
        if certificates.is_empty() {
            return Err(unusable(path, "there is no certificate in it"));
        }
        connector(RustlsConnectorConfig::default().with_parsable_certificates(certificates))
            .map_err(|error| unusable(path, &error.to_string()))
    }

    fn of_system() -> Result<RustlsConnector, PublishError> {
        RustlsConnectorConfig::new_with_native_certs()
            .and_then(connector)
            .map_err(|error| {
                PublishError::refused(format!(
                    "the system has no certificates of authorities to trust ({error}): install \
                     them, or name a CA file"
                ))
            })
    }

    fn connector(trust: RustlsConnectorConfig) -> io::Result<RustlsConnector> {
        trust.connector_with_no_client_auth()
    }

    fn unusable(path: &Path, why: &str) -> PublishError {
        PublishError::refused(format!(
            "the CA file {path:?} cannot be used, {why}: it has to hold the certificate of the \
             authority that vouches for the broker, in PEM"
        ))
    }
}

#[cfg(not(feature = "rabbitmq-tls"))]
mod without_tls {
    use std::convert::Infallible;

    use super::{Deadline, PublishError, RabbitMq};

    pub(in super::super) async fn trust(
        settings: &RabbitMq,
        _: &Deadline<'_>,
    ) -> Result<Option<Infallible>, PublishError> {
        if settings.broker.tls {
            return Err(PublishError::refused(
                "TLS is asked for, and this program is built without it: build it with the \
                 feature `rabbitmq-tls` of functions-core",
            ));
        }
        Ok(None)
    }
}
