//! What bounds assets, and what of them is open.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::egress::ClientConfig;

/// What bounds assets, and what of them is open.
#[derive(Debug)]
#[non_exhaustive]
pub struct AssetsConfig {
    /// The largest asset, in bytes.
    pub max_bytes: usize,
    /// How long a fetch may take, with all its attempts.
    pub timeout: Duration,
    /// How long it may take until the next byte comes.
    pub idle_timeout: Duration,
    /// How often it is tried.
    pub attempts: u32,
    /// How many bytes all assets hold together, those that are being fetched and those
    /// that were fetched and are not yet dropped; at least [`max_bytes`](Self::max_bytes).
    pub max_held_bytes: usize,
    /// How `http` and `https` reach the network.
    pub http: ClientConfig,
    /// The folders in which `file` may read; none where it is empty.
    pub folders: Vec<PathBuf>,
    /// Where `s3` reads; nowhere where there is none.
    pub s3: Option<S3Config>,
}

/// A store that speaks S3.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct S3Config {
    /// The buckets that may be read.
    pub buckets: Vec<String>,
    /// The address of the store, such as `http://localhost:9000`; Amazon's, where there is
    /// none.
    pub endpoint: Option<String>,
    /// The region; `us-east-1`, where there is none.
    pub region: Option<String>,
    /// The id of the key. Where there is none the variables are looked at, and then the
    /// machine is asked which role it has.
    pub access_key_id: Option<String>,
    /// The secret of the key: both are there, or none.
    pub secret_access_key: Option<String>,
    /// The variables `AWS_…`, as names and values: what they say counts where the fields
    /// above say nothing.
    pub variables: Vec<(String, String)>,
}

impl AssetsConfig {
    /// The defaults: 64 MiB, a minute, three attempts, 512 MiB in all; only `http`, `https`
    /// and `data` are open.
    #[must_use]
    pub fn new(http: ClientConfig) -> Self {
        Self {
            max_bytes: 64 << 20,
            timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(10),
            attempts: 3,
            max_held_bytes: 512 << 20,
            http,
            folders: Vec::new(),
            s3: None,
        }
    }
}

/// Shows no secret, and none of the variables.
impl fmt::Debug for S3Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Config")
            .field("buckets", &self.buckets)
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
