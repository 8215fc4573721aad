//! What the brokers' admin API is asked: which namespaces there are.

mod error;
mod url;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::StatusCode;

pub use self::error::AdminError;
pub use self::url::AdminUrl;
use super::authentication::Authentication;
use super::dial::Dialer;
use super::web::{Answer, Web, WebError, bearer, origin};
use crate::cut::cut;
use crate::tenant::TenantId;

/// How long an answer may take, which all hosts share that are asked for it.
const DEADLINE: Duration = Duration::from_secs(10);

/// The share that each has at least.
const SHARE: Duration = Duration::from_secs(2);

/// How many bytes an answer may have.
const ANSWER: usize = 16 << 20;

/// How much of a name is shown, in characters, and how many names.
const SHOWN: usize = 100;
const EXAMPLES: usize = 5;

/// Asks the admin API.
#[derive(Debug)]
pub(super) struct Admin {
    url: AdminUrl,
    web: Web,
    authentication: Authentication,
    /// Which of the addresses is asked first.
    first: AtomicUsize,
    /// The names that were left out of the last list, each of which was told.
    told: Mutex<BTreeSet<String>>,
}

impl Admin {
    pub(super) fn new(url: AdminUrl, dialer: Dialer, authentication: Authentication) -> Self {
        let hosts = u32::try_from(url.hosts()).unwrap_or(u32::MAX).max(1);
        Self {
            url,
            web: Web::new(dialer, (DEADLINE / hosts).max(SHARE)),
            authentication,
            first: AtomicUsize::new(0),
            told: Mutex::default(),
        }
    }

    /// The namespaces of a tenant of Pulsar whose names can be those of a tenant here, in
    /// order. The others are left out, and each is told in the log once.
    pub(super) async fn namespaces(&self, tenant: &str) -> Result<Vec<TenantId>, AdminError> {
        let (from, answer) = self.ask(tenant).await?;
        let listed = match answer.status {
            StatusCode::OK => serde_json::from_slice::<Vec<String>>(&answer.body),
            StatusCode::UNAUTHORIZED => {
                self.authentication.forget();
                return Err(AdminError::Unknown { from });
            }
            StatusCode::FORBIDDEN => {
                let tenant = tenant.to_owned();
                return Err(AdminError::Forbidden { from, tenant });
            }
            StatusCode::NOT_FOUND if is_pulsars(&answer.body) => {
                let tenant = tenant.to_owned();
                return Err(AdminError::NoTenant { from, tenant });
            }
            status => {
                let to = answer.leads_to.filter(|_| status.is_redirection());
                let status = status.as_u16();
                return Err(match to {
                    Some(to) => AdminError::Elsewhere { from, to },
                    None => AdminError::Status { from, status },
                });
            }
        };
        let listed = listed.map_err(|_| AdminError::NoList { from })?;
        Ok(self.sift(tenant, listed))
    }

    /// Asks one after the other until somebody answers, and whoever did first of all the
    /// next time.
    async fn ask(&self, tenant: &str) -> Result<(String, Answer), AdminError> {
        let bearer = self.bearer().await?;
        let urls = self.url.of(&["admin", "v2", "namespaces", tenant]);
        let first = self.first.load(Ordering::Relaxed);
        let mut failed = None;
        for place in (0..urls.len()).map(|place| first.wrapping_add(place) % urls.len()) {
            let Some(url) = urls.get(place) else { continue };
            match self.web.get(url, bearer.clone(), ANSWER).await {
                Ok(answer) => {
                    self.first.store(place, Ordering::Relaxed);
                    return Ok((origin(url), answer));
                }
                Err(error) => failed = Some(error),
            }
        }
        let failed = failed.unwrap_or_else(|| WebError::Address(self.url.to_string()));
        Err(failed.into())
    }

    async fn bearer(&self) -> Result<Option<hyper::header::HeaderValue>, AdminError> {
        Ok(match self.authentication.method_and_data().await? {
            (Some("token"), token) => bearer(&token),
            _ => None,
        })
    }

    fn sift(&self, tenant: &str, listed: Vec<String>) -> Vec<TenantId> {
        let mut names = BTreeSet::new();
        let mut left_out = BTreeSet::new();
        for namespace in listed {
            let name = namespace.strip_prefix(tenant);
            let name = name.and_then(|name| name.strip_prefix('/'));
            match name.and_then(|name| name.parse::<TenantId>().ok()) {
                Some(name) => _ = names.insert(name),
                None => _ = left_out.insert(namespace),
            }
        }
        let news = self.news(left_out);
        if !news.is_empty() {
            let examples = news.iter().take(EXAMPLES);
            let examples: Vec<_> = examples.map(|name| cut(name, SHOWN)).collect();
            tracing::warn!(
                count = news.len(),
                "Namespaces are left out whose names can be no tenant's, which have 1 to 128 \
                 letters, digits, `.`, `_` and `-`: {examples:?}"
            );
        }
        names.into_iter().collect()
    }

    /// Those of which nothing was told yet.
    fn news(&self, left_out: BTreeSet<String>) -> Vec<String> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let news = left_out.difference(&told).cloned().collect();
        *told = left_out;
        news
    }
}

/// Whether a body that says that something is not there comes from Pulsar, and not from
/// another server that has no such path.
fn is_pulsars(body: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Reason {
        #[serde(rename = "reason")]
        _reason: String,
    }
    serde_json::from_slice::<Reason>(body).is_ok()
}

#[cfg(test)]
mod tests;
