//! How this host tells brokers who it is.
//!
//! A connection asks for it when it is made, and again when its broker wants to know anew:
//! a token that was exchanged is in use from then on. No token and no key is shown by any
//! of what is in here.

mod oauth2;
mod token;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

pub use self::oauth2::{OAuth2, OAuth2Config};
use self::token::is_token;
pub use self::token::{InvalidToken, TokenSource};
use super::web::WebError;

/// How long it may take until it is known what to say.
const DEADLINE: Duration = Duration::from_secs(10);

/// How many bytes a token may have, and a file with one.
const LONGEST: usize = 64 << 10;

/// How this host tells brokers who it is.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Authentication {
    /// It does not.
    #[default]
    None,
    /// By a token that somebody made for it.
    Token(TokenSource),
    /// By a token that it gets from a service, whenever it needs one.
    OAuth2(OAuth2),
    /// By the certificate that its connections show.
    Tls,
}

/// Why a broker cannot be told who this host is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticationError {
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
    /// Who gives tokens does not answer.
    #[error("there is no token: {0}")]
    Web(#[from] WebError),
    /// Who gives tokens gives none.
    #[error("there is no token: {0}")]
    Refused(String),
    /// The setting that says who gives tokens cannot be used.
    #[error("{0}")]
    Setting(String),
    /// It took too long.
    #[error("there is no token: it was not there within {0:?}")]
    TimedOut(Duration),
}

impl Authentication {
    /// The name of the method that a broker is told, and what it is told then. Read or
    /// fetched anew, but for a token of OAuth2 that is still good.
    pub(super) async fn method_and_data(
        &self,
    ) -> Result<(Option<&'static str>, Vec<u8>), AuthenticationError> {
        let data = async {
            match self {
                Self::None => Ok((None, Vec::new())),
                Self::Tls => Ok((Some("tls"), Vec::new())),
                Self::Token(source) => Ok((Some("token"), source.read().await?)),
                Self::OAuth2(oauth2) => Ok((Some("token"), oauth2.token().await?)),
            }
        };
        let data = timeout(DEADLINE, data).await;
        data.unwrap_or(Err(AuthenticationError::TimedOut(DEADLINE)))
    }

    /// To be called when a broker has refused it: what is kept for later is given up.
    pub(super) fn forget(&self) {
        if let Self::OAuth2(oauth2) = self {
            oauth2.forget();
        }
    }
}

/// A small file.
async fn read(path: &Path, setting: &'static str) -> Result<Vec<u8>, AuthenticationError> {
    let wrong = |what| AuthenticationError::File {
        setting,
        path: path.to_owned(),
        what,
    };
    let bytes = async {
        let mut bytes = Vec::new();
        // One byte more tells a file that is too long.
        let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(1);
        let file = File::open(path).await?;
        file.take(most).read_to_end(&mut bytes).await?;
        Ok::<_, io::Error>(bytes)
    };
    let bytes = bytes.await;
    let bytes = bytes.map_err(|error| wrong(format!("cannot be read: {}", error.kind())))?;
    if bytes.len() > LONGEST {
        return Err(wrong(format!("has more than {LONGEST} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
