//! Stores that speak S3, and how one is opened.
//!
//! Whoever names a store here is the operator, so no policy stands before it: it may well
//! be the one in his own network. The way there is the client that all other requests of
//! this host take.

mod connector;

use std::fmt;
use std::time::Duration;

use object_store::RetryConfig;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};

use connector::Connector;

/// Where a store is, and the key to it.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Access {
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

impl Access {
    /// What the variables say, and nothing else.
    #[must_use]
    pub fn by_variables(variables: Vec<(String, String)>) -> Self {
        Self {
            variables,
            ..Self::default()
        }
    }
}

/// Shows no secret, and none of the variables.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// Opens buckets of one store, which share their connections.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    access: Access,
    connector: Connector,
    retry: RetryConfig,
}

impl Opener {
    /// A request that has no answer within `idle` is given up, and tried again as `retry`
    /// says.
    pub(crate) fn new(access: Access, idle: Duration, retry: RetryConfig) -> Self {
        Self {
            access,
            connector: Connector::new(idle),
            retry,
        }
    }

    /// A bucket. Nothing is asked of the store for that.
    pub(crate) fn open(&self, bucket: &str) -> object_store::Result<AmazonS3> {
        let mut builder = AmazonS3Builder::new();
        for (name, value) in &self.access.variables {
            if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value);
            }
        }
        if let Some(endpoint) = &self.access.endpoint {
            let is_open = endpoint.starts_with("http:");
            builder = builder.with_endpoint(endpoint).with_allow_http(is_open);
        }
        if let Some(region) = &self.access.region {
            builder = builder.with_region(region);
        }
        let key = (&self.access.access_key_id, &self.access.secret_access_key);
        if let (Some(id), Some(secret)) = key {
            builder = builder
                .with_access_key_id(id)
                .with_secret_access_key(secret);
        }
        builder
            .with_bucket_name(bucket)
            .with_http_connector(self.connector.clone())
            // Not every store knows how to remove many at once.
            .with_disable_bulk_delete(true)
            .with_retry(self.retry.clone())
            .build()
    }
}
