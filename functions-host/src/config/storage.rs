//! Where things are kept.

use std::path::PathBuf;

use super::values;
use crate::modules::{BucketConfig, BucketUrl, RegistryConfig, StoreConfig};
use crate::s3::Access;

/// Where a host keeps what it knows.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Storage")]
#[non_exhaustive]
pub struct StorageSettings {
    /// Folder for the databases, the modules and their machine code; made where it lacks
    #[arg(
        long,
        env = "FUNCTIONS_HOST_DATA_DIR",
        default_value = ".",
        value_name = "FOLDER"
    )]
    pub data_dir: PathBuf,

    /// Database of the registry: `sqlite://FILE`, or for any number of hosts, which share the
    /// history of executions too, `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; functions.db
    /// in the data folder, where it is not set
    // A URL may hold a password, so it is never shown.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL", value_parser = values::registry)]
    pub database_url: Option<RegistryConfig>,

    /// How many connections to a PostgreSQL there are at most
    #[arg(long, env = "FUNCTIONS_HOST_DATABASE_CONNECTIONS", default_value = "8", value_parser = values::connections)]
    pub database_connections: u32,

    /// Folder for the bytes of modules, or `s3://BUCKET/PREFIX` with the variables `AWS_…`;
    /// `modules` in the data folder, where it is not set
    #[arg(long, env = "FUNCTIONS_HOST_MODULE_STORE", value_name = "FOLDER", value_parser = values::module_store)]
    pub module_store: Option<ModuleStore>,

    /// How many bytes uploads leave free on the disk
    #[arg(long, env = "FUNCTIONS_HOST_DISK_RESERVE_BYTES", default_value = "268435456", value_parser = values::bytes)]
    pub disk_reserve_bytes: u64,

    /// How many bytes of machine code are kept on the disk
    #[arg(long, env = "FUNCTIONS_HOST_ARTIFACTS_BYTES", default_value = "8589934592", value_parser = values::bytes)]
    pub artifacts_bytes: u64,
}

/// Where the bytes of modules lie.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ModuleStore {
    /// A folder.
    Folder(PathBuf),
    /// A bucket, with what the variables `AWS_…` say of its store.
    Bucket(BucketUrl),
}

impl StorageSettings {
    /// The registry's database.
    #[must_use]
    pub fn registry(&self) -> RegistryConfig {
        let default = || RegistryConfig::Sqlite(self.data_dir.join("functions.db"));
        let mut registry = self.database_url.clone().unwrap_or_else(default);
        if let RegistryConfig::Postgres(postgres) = &mut registry {
            postgres.connections = self.database_connections;
        }
        registry
    }

    /// The file of events: requests that wait, and what became of others.
    #[must_use]
    pub fn events(&self) -> PathBuf {
        self.data_dir.join("events.db")
    }

    /// The store of the modules.
    #[must_use]
    pub fn modules(&self) -> StoreConfig {
        match &self.module_store {
            None => StoreConfig::Folder(self.data_dir.join("modules")),
            Some(ModuleStore::Folder(folder)) => StoreConfig::Folder(folder.clone()),
            Some(ModuleStore::Bucket(url)) => {
                let access = Access::by_variables(values::of_aws());
                let incoming = self.data_dir.join("incoming");
                StoreConfig::Bucket(BucketConfig::new(url.clone(), access, incoming))
            }
        }
    }

    /// The folder of the machine code.
    #[must_use]
    pub fn artifacts(&self) -> PathBuf {
        self.data_dir.join("artifacts")
    }
}
