//! Where modules are kept, and what bounds their uploads.

use std::path::PathBuf;
use std::time::Duration;

use super::{BucketUrl, PostgresUrl};
use crate::s3::Access;

/// Where modules are kept, and what bounds their uploads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModulesConfig {
    /// Where the bytes lie.
    pub store: StoreConfig,
    /// Where the rest stands.
    pub registry: RegistryConfig,
    /// How many bytes a module may have.
    pub max_bytes: u64,
    /// How long the bytes of one upload may take to come, and then to get into a bucket.
    pub timeout: Duration,
    /// How many bytes an upload leaves free on the disk.
    pub reserve: u64,
    /// How many uploads are received and looked at at once; more wait.
    pub at_once: usize,
    /// How old bytes that no module names have to be for a start to take them away where
    /// other hosts may be about to name them; more than twice the `timeout`.
    pub grace: Duration,
}

/// Where the bytes of modules lie.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoreConfig {
    /// A folder. It is made where it lacks. Several hosts can share it where all see the
    /// same one.
    Folder(PathBuf),
    /// A bucket of a store that speaks S3.
    Bucket(BucketConfig),
}

/// A bucket for the bytes of modules.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BucketConfig {
    /// The bucket, and where in it.
    pub url: BucketUrl,
    /// Whose bucket it is.
    pub access: Access,
    /// A folder of this host alone, for what is on its way into the bucket. It is made
    /// where it lacks.
    pub incoming: PathBuf,
    /// How long the store may be silent.
    pub idle: Duration,
    /// How often a request is repeated that did not get through.
    pub retries: usize,
}

impl BucketConfig {
    /// The defaults: half a minute of silence, three repetitions.
    #[must_use]
    pub fn new(url: BucketUrl, access: Access, incoming: impl Into<PathBuf>) -> Self {
        Self {
            url,
            access,
            incoming: incoming.into(),
            idle: Duration::from_secs(30),
            retries: 3,
        }
    }
}

/// Where stands what is known of the modules.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RegistryConfig {
    /// A file of SQLite, for one host. It is made where it lacks.
    Sqlite(PathBuf),
    /// A database of PostgreSQL, for any number of hosts.
    Postgres(PostgresConfig),
}

/// A database of PostgreSQL.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PostgresConfig {
    /// Which.
    pub url: PostgresUrl,
    /// How many connections a host has to it at most.
    pub connections: u32,
    /// How long a connection is waited for, those that are tried again included.
    pub connect_timeout: Duration,
    /// How long a piece of work in the database may take, once there is a connection.
    pub timeout: Duration,
}

impl PostgresConfig {
    /// The defaults: 8 connections, 5 seconds for one, 10 seconds for the work.
    #[must_use]
    pub fn new(url: PostgresUrl) -> Self {
        Self {
            url,
            connections: 8,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
        }
    }
}

impl ModulesConfig {
    /// The defaults, with the bytes in this store and the rest in this database.
    #[must_use]
    pub fn new(store: StoreConfig, registry: RegistryConfig) -> Self {
        Self {
            store,
            registry,
            max_bytes: 64 << 20,
            timeout: Duration::from_secs(300),
            reserve: 256 << 20,
            at_once: 8,
            grace: Duration::from_secs(3600),
        }
    }
}
