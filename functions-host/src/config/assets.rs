//! What bounds the inputs that are fetched, and what of them is open.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{EgressSettings, values};
use crate::assets::{AssetsConfig, S3Config};

/// How many connections to one host are kept for later assets.
const KEPT: usize = 8;

/// How inputs are fetched by URI.
#[derive(Clone, clap::Args)]
#[command(next_help_heading = "Assets")]
#[non_exhaustive]
pub struct AssetSettings {
    /// The largest asset, in bytes
    #[arg(long, env = "FUNCTIONS_HOST_MAX_ASSET_BYTES", default_value = "67108864", value_parser = values::count)]
    pub max_asset_bytes: usize,

    /// How many bytes all assets may hold together
    #[arg(long, env = "FUNCTIONS_HOST_MAX_ASSETS_BYTES", default_value = "536870912", value_parser = values::count)]
    pub max_assets_bytes: usize,

    /// How long an asset may take to come, with all attempts, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_ASSET_TIMEOUT", default_value = "60", value_parser = values::seconds)]
    pub asset_timeout: Duration,

    /// How long it may be silent, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_ASSET_IDLE_TIMEOUT", default_value = "10", value_parser = values::seconds)]
    pub asset_idle_timeout: Duration,

    /// Folders that `file:` assets may be read from, with commas between
    #[arg(long, env = "FUNCTIONS_HOST_ASSET_FOLDERS", default_value = "", hide_default_value = true, value_name = "FOLDERS", value_parser = values::folders)]
    pub asset_folders: Arc<[PathBuf]>,

    /// Buckets that `s3:` assets may be read from, with commas between
    #[arg(long, env = "FUNCTIONS_HOST_S3_BUCKETS", default_value = "", hide_default_value = true, value_name = "BUCKETS", value_parser = values::names)]
    pub s3_buckets: Arc<[String]>,

    /// The store of the buckets, such as http://localhost:9000; where it is not set, and
    /// `AWS_ENDPOINT_URL` neither, Amazon's
    #[arg(long, env = "FUNCTIONS_HOST_S3_ENDPOINT", hide_env_values = true, value_name = "URL", value_parser = values::endpoint)]
    pub s3_endpoint: Option<String>,

    /// Its region; `AWS_REGION`, where it is not set
    #[arg(long, env = "FUNCTIONS_HOST_S3_REGION")]
    pub s3_region: Option<String>,

    /// The id of the key; where it is not set what the variables `AWS_…` say
    #[arg(long, env = "FUNCTIONS_HOST_S3_ACCESS_KEY_ID", hide_env_values = true)]
    pub s3_access_key_id: Option<String>,

    /// The secret of the key
    #[arg(
        long,
        env = "FUNCTIONS_HOST_S3_SECRET_ACCESS_KEY",
        hide_env_values = true
    )]
    pub s3_secret_access_key: Option<String>,
}

impl AssetSettings {
    /// How assets are fetched, over this network.
    #[must_use]
    pub fn assets(&self, egress: &EgressSettings) -> AssetsConfig {
        let mut http = egress.client();
        http.idle_per_host = KEPT;
        let mut assets = AssetsConfig::new(http);
        assets.max_bytes = self.max_asset_bytes;
        assets.max_held_bytes = self.max_assets_bytes;
        assets.timeout = self.asset_timeout;
        assets.idle_timeout = self.asset_idle_timeout;
        assets.folders = self.asset_folders.to_vec();
        assets.s3 = (!self.s3_buckets.is_empty()).then(|| self.s3());
        assets
    }

    fn s3(&self) -> S3Config {
        S3Config {
            buckets: self.s3_buckets.to_vec(),
            endpoint: self.s3_endpoint.clone(),
            region: self.s3_region.clone(),
            access_key_id: self.s3_access_key_id.clone(),
            secret_access_key: self.s3_secret_access_key.clone(),
            variables: values::of_aws(),
        }
    }
}

/// Shows no key.
impl std::fmt::Debug for AssetSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AssetSettings")
            .field("max_asset_bytes", &self.max_asset_bytes)
            .field("asset_folders", &self.asset_folders)
            .field("s3_buckets", &self.s3_buckets)
            .field("s3_endpoint", &self.s3_endpoint)
            .finish_non_exhaustive()
    }
}
