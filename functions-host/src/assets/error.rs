//! Why there is no asset.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::egress::{DialError, Refused};

/// Why there is no asset. Whoever gave the URI may read all of it: it shows of an address no
/// more than its host, since the rest may be a secret, and nothing of what is behind it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssetError {
    /// The URI cannot be understood.
    #[error("the URI of the asset cannot be used: {0}")]
    Invalid(String),
    /// It is of a kind that is not known here.
    #[error("assets are fetched by the schemes http, https, file, s3 and data, and not by `{0}`")]
    Scheme(String),
    /// It is of a kind that is not open here.
    #[error("assets by the scheme {scheme} are not open here; {opened_by} would open them")]
    Closed {
        /// The kind.
        scheme: &'static str,
        /// The setting that opens it.
        opened_by: &'static str,
    },
    /// It may not be fetched.
    #[error("the asset may not be fetched: {0}")]
    Refused(String),
    /// There is none.
    #[error("there is no asset at {0}")]
    NotFound(String),
    /// The other side answers with a status that brings no asset.
    #[error("{from} answers with status {status}; 200 is needed")]
    Status {
        /// Whom it was asked of.
        from: String,
        /// The status.
        status: u16,
    },
    /// The other side leads elsewhere again and again.
    #[error("{0} redirects were followed, which is as many as may be")]
    Redirects(usize),
    /// It is larger than assets may be.
    #[error("the asset is larger than {0} bytes, which is the most")]
    TooBig(usize),
    /// It was not there in time.
    #[error("the asset was not there within {0:?}")]
    TimedOut(Duration),
    /// The other side says nothing any more.
    #[error("{from} was silent for {silent:?}")]
    Stalled {
        /// Whom it was asked of.
        from: String,
        /// How long.
        silent: Duration,
    },
    /// The way there does not work now.
    #[error("the asset cannot be reached: {0}")]
    Unreachable(String),
}

impl AssetError {
    /// Whether it may help to ask again later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::TimedOut(_) | Self::Stalled { .. } | Self::Unreachable(_) => true,
            Self::Status { status, .. } => {
                matches!(status, 408 | 425 | 429) || (500..=599).contains(status)
            }
            _ => false,
        }
    }
}

impl From<Refused> for AssetError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused.to_string())
    }
}

impl From<DialError> for AssetError {
    fn from(error: DialError) -> Self {
        match error {
            DialError::Refused(refused) => refused.into(),
            DialError::NoHost(_) => Self::Invalid(error.to_string()),
            _ => Self::Unreachable(error.to_string()),
        }
    }
}

/// Why no assets can be fetched as it was configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssetsError {
    /// A folder cannot be opened.
    #[error("the folder for assets {} cannot be opened: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Of the key for S3 there is a half.
    #[error(
        "FUNCTIONS_HOST_S3_ACCESS_KEY_ID and FUNCTIONS_HOST_S3_SECRET_ACCESS_KEY belong \
         together: one is set, and the other is not"
    )]
    Key,
    /// What is said of S3 cannot be used.
    #[error("the bucket `{bucket}` cannot be used: {what}")]
    Bucket {
        /// The bucket.
        bucket: String,
        /// What is wrong.
        what: String,
    },
}
