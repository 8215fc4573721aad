//! Tokens by OAuth 2.0, with the credentials of a client, as Pulsar's own clients get them.
//!
//! The issuer's well-known document says where tokens are given, the key file says for
//! whom. A token is used again until nine tenths of its time are over.

mod answers;
mod key_file;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::url::{Url, form_urlencoded};
use hyper::StatusCode;
use tokio::time::Instant;

use self::answers::{endpoint, refused, token};
use self::key_file::KeyFile;
use super::{AuthenticationError, DEADLINE, read};
use crate::bus::pulsar::dial::Dialer;
use crate::bus::pulsar::tls::{For, TlsConfig};
use crate::bus::pulsar::web::{Web, origin};

/// How many bytes an answer may have.
const ANSWER: usize = 256 << 10;

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

const ISSUER_URL: &str = "FUNCTIONS_HOST_PULSAR_OAUTH2_ISSUER_URL";
const KEY_FILE: &str = "FUNCTIONS_HOST_PULSAR_OAUTH2_KEY_FILE";

/// Who gives tokens, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OAuth2Config {
    /// JSON file with the keys `client_id` and `client_secret`, as Pulsar's tools write it.
    /// Read whenever a token is fetched.
    pub key_file: PathBuf,
    /// Who gives tokens; where it is not set, the `issuer_url` of the key file.
    pub issuer_url: Option<Url>,
    /// Whom the tokens are for, where the issuer wants to know.
    pub audience: Option<String>,
    /// What the tokens allow, with blanks between, where the issuer wants to know.
    pub scope: Option<String>,
}

impl OAuth2Config {
    /// With the credentials of this file.
    #[must_use]
    pub fn new(key_file: PathBuf) -> Self {
        Self {
            key_file,
            issuer_url: None,
            audience: None,
            scope: None,
        }
    }
}

/// Fetches tokens. Clones share the one that is in use.
#[derive(Clone)]
pub struct OAuth2(Arc<Shared>);

struct Shared {
    config: OAuth2Config,
    web: Web,
    held: Mutex<Option<Held>>,
}

struct Held {
    token: Vec<u8>,
    until: Instant,
}

impl OAuth2 {
    /// Issuers are trusted where the system trusts them, or the file of those to trust does.
    #[must_use]
    pub fn new(config: OAuth2Config, tls: TlsConfig) -> Self {
        Self(Arc::new(Shared {
            config,
            web: Web::new(Dialer::to(For::Issuers, tls), DEADLINE / 2),
            held: Mutex::default(),
        }))
    }

    pub(super) async fn token(&self) -> Result<Vec<u8>, AuthenticationError> {
        if let Some(held) = &*self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
            && Instant::now() < held.until
        {
            return Ok(held.token.clone());
        }
        let asked = Instant::now();
        let (token, lasts) = self.0.fetch().await?;
        let held = Held {
            token: token.clone(),
            until: asked + lasts,
        };
        *self.0.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(token)
    }

    pub(super) fn forget(&self) {
        *self.0.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Shared {
    /// A new token, and how long it is to be used.
    async fn fetch(&self) -> Result<(Vec<u8>, Duration), AuthenticationError> {
        let key = KeyFile::read(&self.config.key_file).await?;
        let endpoint = self.endpoint(&self.issuer(&key)?).await?;
        let form = self.form(&key);
        let answer = self.web.post(&endpoint, form, ANSWER).await?;
        let from = origin(&endpoint);
        if answer.status != StatusCode::OK {
            return Err(refused(&from, answer.status, &answer.body));
        }
        token(&answer.body).ok_or_else(|| {
            let what = format!("the answer of {from} has no `access_token` that can be used");
            AuthenticationError::Refused(what)
        })
    }

    fn form(&self, key: &KeyFile) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &key.client_id)
            .append_pair("client_secret", &key.client_secret);
        if let Some(audience) = &self.config.audience {
            form.append_pair("audience", audience);
        }
        if let Some(scope) = &self.config.scope {
            form.append_pair("scope", scope);
        }
        form.finish()
    }

    fn issuer(&self, key: &KeyFile) -> Result<Url, AuthenticationError> {
        if let Some(issuer) = &self.config.issuer_url {
            return Ok(issuer.clone());
        }
        let issuer = key.issuer_url.as_deref();
        let issuer = issuer.and_then(|issuer| Url::parse(issuer).ok());
        issuer.filter(is_open).ok_or_else(|| {
            AuthenticationError::Setting(format!(
                "{ISSUER_URL} is not set, and the file of {KEY_FILE} has no `issuer_url` with \
                 http or https"
            ))
        })
    }

    /// Where the issuer gives tokens.
    async fn endpoint(&self, issuer: &Url) -> Result<Url, AuthenticationError> {
        let mut url = issuer.clone();
        url.set_path(&format!(
            "{}{WELL_KNOWN}",
            issuer.path().trim_end_matches('/')
        ));
        let answer = self.web.get(&url, None, ANSWER).await?;
        let wrong = |what: String| {
            let from = origin(issuer);
            AuthenticationError::Refused(format!("{from}{WELL_KNOWN} {what}; see {ISSUER_URL}"))
        };
        if answer.status != StatusCode::OK {
            let status = answer.status.as_u16();
            return Err(wrong(format!(
                "is answered with status {status}, not with 200"
            )));
        }
        let endpoint = endpoint(&answer.body).and_then(|endpoint| Url::parse(&endpoint).ok());
        let endpoint = endpoint.filter(is_open).ok_or_else(|| {
            wrong("is answered without a `token_endpoint` with http or https".to_owned())
        })?;
        // The secret would be sent for everybody to read.
        if issuer.scheme() == "https" && endpoint.scheme() != "https" {
            return Err(wrong("leads from https to http".to_owned()));
        }
        Ok(endpoint)
    }
}

fn is_open(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.username().is_empty()
}

/// Shows no token.
impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OAuth2").field(&self.0.config).finish()
    }
}

#[cfg(test)]
mod tests;
