//! What goes wrong with a database.

use std::path::PathBuf;
use std::sync::Arc;

/// Why something was not read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The file cannot be used.
    #[error("the database {} cannot be used: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A newer host has made it.
    #[error(
        "it was brought up to date by a newer host: it has taken {taken} steps, \
         and this host knows {known}"
    )]
    TooNew {
        /// How many steps it has taken.
        taken: usize,
        /// How many this host knows.
        known: usize,
    },
    /// A statement failed, or the disk did.
    #[error("the database failed: {0}")]
    Failed(Arc<rusqlite::Error>),
    /// The work panicked.
    #[error("the work on the database broke off")]
    Broken,
    /// The database was closed before.
    #[error("the database is closed")]
    Closed,
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(Arc::new(error))
    }
}
