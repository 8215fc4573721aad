//! What goes wrong with modules, however good they are.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ModuleId;

/// Why something could not be done with the modules.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModulesError {
    /// There is a module of this id already.
    #[error("module '{0}' exists already; delete it first, or take another id")]
    Exists(ModuleId),
    /// The database failed.
    #[error("the registry's database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The database cannot be brought up to date.
    #[error("the registry's database {} cannot be brought up to date: {source}", path.display())]
    Migration {
        /// Its file.
        path: PathBuf,
        /// What went wrong.
        source: sqlx::migrate::MigrateError,
    },
    /// The database holds what it cannot hold.
    #[error("the registry's row of module '{id}' cannot be understood: {what}")]
    Row {
        /// The id in the row.
        id: String,
        /// What is wrong.
        what: String,
    },
    /// A file or a folder cannot be used.
    #[error("{} cannot be {what}: {source}", path.display())]
    File {
        /// What was to be done with it: "read", "written".
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The work ended before its end.
    #[error("the work was interrupted: {0}")]
    Interrupted(String),
}

impl ModulesError {
    pub(super) fn file(what: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::File { what, path, source }
    }
}

/// Why an upload was not received.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// It is too large.
    #[error("the module is larger than the {0} bytes that are allowed")]
    TooLarge(u64),
    /// It is too slow, or waited too long for its turn.
    #[error("the module was not all there within {} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The disk would become too full.
    #[error("the disk of this host is too full: {left} bytes are left, and {reserve} stay free")]
    DiskFull {
        /// How many bytes are free.
        left: u64,
        /// How many have to be.
        reserve: u64,
    },
    /// It broke off.
    #[error("the upload broke off: {0}")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The host failed.
    #[error(transparent)]
    Host(#[from] ModulesError),
}
