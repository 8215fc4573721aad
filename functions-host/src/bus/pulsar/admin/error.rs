//! Why nobody knows the namespaces.

use crate::bus::pulsar::authentication::AuthenticationError;
use crate::bus::pulsar::web::WebError;

/// Why nobody knows the namespaces.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// There is no answer.
    #[error(transparent)]
    Web(#[from] WebError),
    /// It cannot be said who asks.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// It wants to know who asks, and does not believe it.
    #[error(
        "{from} does not know this host (status 401): see FUNCTIONS_HOST_PULSAR_TOKEN, \
         _OAUTH2_KEY_FILE and _CERT_FILE, or name the namespaces in \
         FUNCTIONS_HOST_PULSAR_NAMESPACES"
    )]
    Unknown {
        /// Who was asked.
        from: String,
    },
    /// It does not let this host ask.
    #[error(
        "{from} does not let this host list the namespaces of `{tenant}` (status 403): let its \
         role administer that tenant, or name the namespaces in FUNCTIONS_HOST_PULSAR_NAMESPACES"
    )]
    Forbidden {
        /// Who was asked.
        from: String,
        /// The tenant.
        tenant: String,
    },
    /// There is no such tenant.
    #[error(
        "{from} has no tenant `{tenant}` (status 404): make it, or name another in \
         FUNCTIONS_HOST_PULSAR_TENANT"
    )]
    NoTenant {
        /// Who was asked.
        from: String,
        /// The tenant.
        tenant: String,
    },
    /// It sends whoever asks elsewhere, where what shows who this host is would go along.
    #[error(
        "{from} leads to {to}, and nobody is asked who is not named; name {to} in \
         FUNCTIONS_HOST_PULSAR_ADMIN_URL if it is to be"
    )]
    Elsewhere {
        /// Who was asked.
        from: String,
        /// Who is to be asked instead.
        to: String,
    },
    /// It answers with a status that brings no list.
    #[error(
        "{from} answers with status {status}, and 200 is needed; \
         FUNCTIONS_HOST_PULSAR_ADMIN_URL says who is asked"
    )]
    Status {
        /// Who was asked.
        from: String,
        /// The status.
        status: u16,
    },
    /// Its answer is no list.
    #[error(
        "what {from} answers is no list of namespaces in JSON; \
         FUNCTIONS_HOST_PULSAR_ADMIN_URL says who is asked"
    )]
    NoList {
        /// Who was asked.
        from: String,
    },
}
