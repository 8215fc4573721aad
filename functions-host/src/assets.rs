//! The inputs of executions, fetched by URI.
//!
//! A URI comes from a tenant, who may be anybody. So each kind of it has its own fence:
//! `http` and `https` reach what the egress policy lets them, on every hop; `file` stays
//! in the folders that the operator has opened, `s3` in his buckets, and `data` carries
//! its bytes along. All of them are bounded in size and time, and all together in the
//! memory that they hold.
//!
//! ```no_run
//! use functions_host::assets::{Assets, AssetsConfig};
//! use functions_host::egress::{ClientConfig, Policy};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let assets = Assets::new(AssetsConfig::new(ClientConfig::new(Policy::default())))?;
//! let input = assets.fetch("https://example.com/input.json").await?;
//! println!("{} bytes", input.len());
//! # Ok(())
//! # }
//! ```

mod body;
mod buckets;
mod budget;
mod config;
mod error;
mod folders;
mod inline;
mod source;
mod web;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{sleep, timeout};

pub use config::{AssetsConfig, S3Config};
pub use error::{AssetError, AssetsError};

use body::Bounds;
use buckets::Buckets;
use folders::Folders;
use source::Source;
use web::Web;

/// How long it is until the second attempt; until each further one it is four times that.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Fetches assets. Clones are cheap and share what bounds them.
#[derive(Clone, Debug)]
pub struct Assets(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    timeout: Duration,
    attempts: u32,
    bounds: Bounds,
    web: Web,
    folders: Folders,
    buckets: Buckets,
}

impl Assets {
    /// Looks at the folders and buckets that are open. Nothing is fetched.
    ///
    /// # Errors
    /// A folder cannot be opened, or what is said of S3 cannot be used.
    pub fn new(config: AssetsConfig) -> Result<Self, AssetsError> {
        Ok(Self(Arc::new(Shared {
            timeout: config.timeout,
            attempts: config.attempts.max(1),
            bounds: Bounds::new(&config),
            web: Web::new(config.http),
            folders: Folders::open(&config.folders)?,
            buckets: Buckets::open(config.s3, config.idle_timeout)?,
        })))
    }

    /// Fetches the bytes behind a URI, whole. Where another attempt may help there are a
    /// few, all within [`AssetsConfig::timeout`].
    ///
    /// What they take of [`AssetsConfig::max_held_bytes`] is given back when the last
    /// clone of them is dropped.
    ///
    /// Needs a tokio runtime with its IO driver and its timers.
    ///
    /// # Errors
    /// See [`AssetError`], which says whether it may help to ask again later.
    pub async fn fetch(&self, uri: &str) -> Result<Bytes, AssetError> {
        let source = Source::read(uri)?;
        let within = self.0.timeout;
        timeout(within, self.0.fetch(&source))
            .await
            .unwrap_or(Err(AssetError::TimedOut(within)))
    }
}

impl Shared {
    async fn fetch(&self, source: &Source<'_>) -> Result<Bytes, AssetError> {
        let mut pause = FIRST_PAUSE;
        let mut attempt = 1;
        loop {
            match self.attempt(source).await {
                Err(error) if error.is_transient() && attempt < self.attempts => {
                    tracing::debug!(%error, attempt, "An asset is fetched again");
                    sleep(pause).await;
                    pause = pause.saturating_mul(4);
                    attempt += 1;
                }
                ended => return ended,
            }
        }
    }

    async fn attempt(&self, source: &Source<'_>) -> Result<Bytes, AssetError> {
        match source {
            Source::Web(url) => self.web.fetch(url, &self.bounds).await,
            Source::File(path) => self.folders.fetch(path, &self.bounds).await,
            Source::Bucket { bucket, key } => self.buckets.fetch(bucket, key, &self.bounds).await,
            Source::Inline(uri) => inline::fetch(uri, &self.bounds).await,
        }
    }
}
