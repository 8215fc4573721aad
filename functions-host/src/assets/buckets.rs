//! Assets by `s3`: only out of the buckets that are open.
//!
//! The operator names the store, so no policy stands before it: it may well be the one in
//! his own network. What a tenant chooses is the key.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use object_store::aws::AmazonS3;
use object_store::path::Path as Key;
use object_store::{Error, ObjectStoreExt as _, RetryConfig};

use super::body::Bounds;
use super::config::S3Config;
use super::error::{AssetError, AssetsError};
use crate::s3::{Access, Opener};

#[derive(Debug)]
pub(super) struct Buckets(HashMap<String, AmazonS3>);

impl Buckets {
    /// The buckets that are open. A store that says nothing for `idle` is given up.
    pub(super) fn open(config: Option<S3Config>, idle: Duration) -> Result<Self, AssetsError> {
        let Some(config) = config else {
            return Ok(Self(HashMap::new()));
        };
        if config.access_key_id.is_some() != config.secret_access_key.is_some() {
            return Err(AssetsError::Key);
        }
        let access = Access {
            endpoint: config.endpoint,
            region: config.region,
            access_key_id: config.access_key_id,
            secret_access_key: config.secret_access_key,
            variables: config.variables,
        };
        // It is fetched again as a whole, as all others are.
        let never = RetryConfig {
            max_retries: 0,
            ..RetryConfig::default()
        };
        let opener = Opener::new(access, idle, never);
        let stores = config.buckets.iter().map(|bucket| {
            let store = opener.open(bucket).map_err(|error| AssetsError::Bucket {
                bucket: bucket.clone(),
                what: error.to_string(),
            })?;
            Ok((bucket.clone(), store))
        });
        Ok(Self(stores.collect::<Result<_, _>>()?))
    }

    pub(super) async fn fetch(
        &self,
        bucket: &str,
        key: &Key,
        bounds: &Bounds,
    ) -> Result<Bytes, AssetError> {
        if self.0.is_empty() {
            return Err(AssetError::Closed {
                scheme: "s3",
                opened_by: "FUNCTIONS_HOST_S3_BUCKETS",
            });
        }
        let store = self.0.get(bucket).ok_or_else(|| {
            AssetError::Refused("its bucket is none of those that are open".to_owned())
        })?;
        let from = format!("s3://{bucket}");
        let found = store.get(key).await;
        let found = found.map_err(|error| trouble(&from, error))?;
        let length = found.meta.size;
        bounds
            .collect(&from, Some(length), found.into_stream())
            .await
    }
}

fn trouble(from: &str, error: Error) -> AssetError {
    match error {
        Error::NotFound { .. } => AssetError::NotFound(from.to_owned()),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            tracing::warn!(%error, from, "An asset may not be read with the keys that are set");
            AssetError::Refused(format!("{from} does not let this host read it"))
        }
        _ => {
            tracing::debug!(%error, from, "An asset cannot be read");
            AssetError::Unreachable(format!("{from} does not answer as it should"))
        }
    }
}
