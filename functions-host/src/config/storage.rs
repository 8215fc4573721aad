//! Where things are kept.

use std::path::PathBuf;

use super::values;

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

    /// Database of the registry: `sqlite://FILE`; functions.db in the data folder, where
    /// it is not set
    // A URL may hold a password, so it is never shown.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL", value_parser = values::database)]
    pub database_url: Option<PathBuf>,

    /// Folder for the bytes of modules; `modules` in the data folder, where it is not set
    #[arg(long, env = "FUNCTIONS_HOST_MODULE_STORE", value_name = "FOLDER", value_parser = values::folder)]
    pub module_store: Option<PathBuf>,

    /// How many bytes uploads leave free on the disk
    #[arg(long, env = "FUNCTIONS_HOST_DISK_RESERVE_BYTES", default_value = "268435456", value_parser = values::bytes)]
    pub disk_reserve_bytes: u64,

    /// How many bytes of machine code are kept on the disk
    #[arg(long, env = "FUNCTIONS_HOST_ARTIFACTS_BYTES", default_value = "8589934592", value_parser = values::bytes)]
    pub artifacts_bytes: u64,
}

impl StorageSettings {
    /// The file of the database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        let default = || self.data_dir.join("functions.db");
        self.database_url.clone().unwrap_or_else(default)
    }

    /// The file of events: requests that wait, and what became of others.
    #[must_use]
    pub fn events(&self) -> PathBuf {
        self.data_dir.join("events.db")
    }

    /// The folder of the modules.
    #[must_use]
    pub fn modules(&self) -> PathBuf {
        let default = || self.data_dir.join("modules");
        self.module_store.clone().unwrap_or_else(default)
    }

    /// The folder of the machine code.
    #[must_use]
    pub fn artifacts(&self) -> PathBuf {
        self.data_dir.join("artifacts")
    }
}
