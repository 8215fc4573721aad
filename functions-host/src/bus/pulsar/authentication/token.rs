//! A token that somebody made.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use ::url::Url;

use super::{AuthenticationError, LONGEST, read};

const TOKEN: &str = "FUNCTIONS_HOST_PULSAR_TOKEN";

/// Where a token is.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenSource {
    /// Here.
    Text(String),
    /// In a file, which is read whenever the token is needed.
    File(PathBuf),
}

/// Why a text is no [`TokenSource`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token without blanks, or file:/// and the path of a file that holds one")]
pub struct InvalidToken;

impl TokenSource {
    /// The token as it is now.
    pub(super) async fn read(&self) -> Result<Vec<u8>, AuthenticationError> {
        let path = match self {
            Self::Text(token) => return Ok(token.clone().into_bytes()),
            Self::File(path) => path,
        };
        let bytes = read(path, TOKEN).await?;
        let token = bytes.trim_ascii();
        if !is_token(token) {
            return Err(AuthenticationError::File {
                setting: TOKEN,
                path: path.clone(),
                what: "holds no token, which is one word".to_owned(),
            });
        }
        Ok(token.to_owned())
    }
}

impl FromStr for TokenSource {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let text = text.trim();
        if text.starts_with("file:") {
            let url = Url::parse(text).map_err(|_| InvalidToken)?;
            return Ok(Self::File(url.to_file_path().map_err(|()| InvalidToken)?));
        }
        // As other clients may have it in their settings.
        let token = text.strip_prefix("token:").unwrap_or(text);
        match is_token(token.as_bytes()) {
            true => Ok(Self::Text(token.to_owned())),
            false => Err(InvalidToken),
        }
    }
}

/// Shows no token.
impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text((secret))"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

/// Whether it can be sent wherever a token is sent.
pub(super) fn is_token(text: &[u8]) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic)
}
