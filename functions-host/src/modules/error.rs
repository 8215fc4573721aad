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
    /// The database cannot be used.
    #[error("the registry's database {database} cannot be used: {why}")]
    Unusable {
        /// Which, without what is secret of its URL.
        database: String,
        /// Why not.
        why: String,
    },
    /// The database cannot be brought up to date.
    #[error("the registry's database {database} cannot be brought up to date: {source}")]
    Migration {
        /// Which, without what is secret of its URL.
        database: String,
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
    /// A store, or an object in it, cannot be used.
    #[error("{url} cannot be {what}: {why}")]
    Store {
        /// What was to be done with it: "read", "written".
        what: &'static str,
        /// Which.
        url: String,
        /// Why it cannot.
        why: String,
        /// Whether that may pass.
        is_transient: bool,
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

    /// The bytes of a module did not come in time.
    pub(super) fn slow(module: &super::Module, time: Duration) -> Self {
        Self::Store {
            what: "read",
            url: module.filepath.clone(),
            why: format!("it was not all there within {time:?}"),
            is_transient: true,
        }
    }

    /// Whether it may pass by itself, so that it is worth trying again: the database or the
    /// store is away, or has too much to do.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) => may_pass(error),
            Self::Store { is_transient, .. } => *is_transient,
            Self::Interrupted(_) => true,
            _ => false,
        }
    }
}

fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::BeginFailed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_of_trouble(&code)),
        _ => false,
    }
}

/// Whether a code of PostgreSQL or SQLite says that nothing is wrong with the statement.
fn is_of_trouble(code: &str) -> bool {
    // Connections, what was rolled back, what is used up, what the operator does, the
    // system; a lock that was not to be had, a server that only reads while another takes
    // over, and one that has thrown us out.
    let classes = ["08", "40", "53", "57", "58"];
    let of_postgres =
        code.len() == 5 && code.get(..2).is_some_and(|class| classes.contains(&class));
    // SQLITE_BUSY and SQLITE_LOCKED, whatever more they say.
    let of_sqlite = code
        .parse()
        .is_ok_and(|code: u32| matches!(code & 0xff, 5 | 6));
    of_postgres || matches!(code, "55P03" | "25006" | "25P03") || (code.len() < 5 && of_sqlite)
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

#[cfg(test)]
mod tests {
    use super::is_of_trouble;

    #[test]
    fn trouble_is_told_from_what_is_wrong_with_a_statement() {
        for trouble in [
            "57P01", "57014", "08006", "53300", "55P03", "25P03", "40P01", "5", "261", "6",
        ] {
            assert!(is_of_trouble(trouble), "{trouble}");
        }
        for wrong in ["23505", "42P01", "22021", "28P01", "1", "2067", ""] {
            assert!(!is_of_trouble(wrong), "{wrong}");
        }
    }
}
