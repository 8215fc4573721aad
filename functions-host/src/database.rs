//! The database of events: one that writes, some that read, on threads of their own.
//!
//! What is written has to lie on the disk before anybody is told of it, and a disk takes
//! a thousand times longer for that than for the bytes. So those who write share the wait:
//! what has queued up while the disk was busy becomes one transaction, each in a savepoint
//! of its own, so that one that fails takes nobody along. After the commit all are told.
//! The more there is to do, the more share one wait.
//!
//! Statements run on these threads one after the other, with nothing in between: a driver
//! that carries each statement to a thread and its rows back costs more than the
//! statement. It is a file of its own, so that nobody else's transactions are waited for.

mod error;
mod schema;
#[cfg(test)]
mod tests;
mod threads;
mod work;

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

pub use error::DatabaseError;
use threads::Threads;
use work::Extent;

/// How many read at once.
const READERS: usize = 4;

/// A database. Clones are cheap and are the same database.
#[derive(Clone, Debug)]
pub struct Database(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    writer: Threads,
    readers: Threads,
    path: PathBuf,
    /// The log that has to be synced for what was written to survive the machine, where that
    /// is not done each time.
    log: Option<PathBuf>,
}

/// What has to be outlived by what was written, once whoever has written it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlives {
    /// The machine, which may lose its power: each commit waits for the disk.
    Machine,
    /// The process, which may be killed. A machine that loses its power loses the last
    /// commits with it, in the order in which they were made and none of them in part.
    Process,
}

impl Database {
    /// Opens the database in this file, makes it where it lacks, and brings it up to date.
    /// What is written outlives the machine.
    ///
    /// # Errors
    /// The file cannot be used.
    pub async fn open(path: &Path) -> Result<Self, DatabaseError> {
        Self::open_to(Outlives::Machine, path).await
    }

    /// The same, where somebody else may have what a machine has lost.
    ///
    /// # Errors
    /// The file cannot be used.
    pub async fn open_to(outlive: Outlives, path: &Path) -> Result<Self, DatabaseError> {
        let path = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            Shared::open(outlive, &path).map_err(|error| unusable(path, &error))
        });
        let shared = opened.await.map_err(|_| DatabaseError::Broken)??;
        Ok(Self(Arc::new(shared)))
    }

    /// Does `work` in a transaction, alone or with others, and returns once it
    /// [outlives](Outlives) what it has to. Where `work` fails nothing of it is kept. Once begun it is done, even if
    /// nobody waits for it any more.
    ///
    /// # Errors
    /// What `work` fails with, or why it was not kept.
    pub async fn write<T, W>(&self, work: W) -> Result<T, DatabaseError>
    where
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        work::ask(&self.0.writer, work).await
    }

    /// Has `work` done as [`write`](Self::write) does, and then `kept`, on the thread that
    /// writes and before anybody is told: once this was begun, both are done, even if nobody
    /// waits for them any more. `work` changes something by at most one statement that
    /// matters: where it fails, what others of its statements have changed stays.
    ///
    /// # Errors
    /// What `work` fails with, or why it was not kept.
    pub async fn write_one<T, W, K>(&self, work: W, kept: K) -> Result<T, DatabaseError>
    where
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        K: FnOnce(&T) + Send + 'static,
        T: Send + 'static,
    {
        work::ask_then(&self.0.writer, Extent::One, work, kept).await
    }

    /// Has `work` done as [`write`](Self::write) does, and does not wait for it: before
    /// whatever is asked for after this has returned. What it fails with is logged.
    ///
    /// # Errors
    /// The database is closed.
    pub async fn write_behind<W>(&self, work: W) -> Result<(), DatabaseError>
    where
        W: FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    {
        work::leave(&self.0.writer, work).await
    }

    /// Returns once all that was written before outlives the machine.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn sync(&self) -> Result<(), DatabaseError> {
        let Some(log) = self.0.log.clone() else {
            return Ok(());
        };
        let shown = log.clone();
        let synced = tokio::task::spawn_blocking(move || File::open(log)?.sync_data()).await;
        let synced = synced.map_err(|_| DatabaseError::Broken)?;
        synced.map_err(|error| unusable(shown, &error))
    }

    /// Reads, beside whoever writes: sees what was written before it began.
    ///
    /// # Errors
    /// What `work` fails with, or why it was not done.
    pub async fn read<T, W>(&self, work: W) -> Result<T, DatabaseError>
    where
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        work::ask(&self.0.readers, work).await
    }

    /// The name of a file beside that of the database, which ends in `suffix`.
    #[must_use]
    pub fn beside(&self, suffix: &str) -> PathBuf {
        beside(&self.0.path, suffix)
    }

    /// Finishes what was asked for so far, and takes nothing more.
    pub async fn close(&self) {
        self.0.writer.close().await;
        self.0.readers.close().await;
    }
}

impl Shared {
    fn open(outlive: Outlives, path: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(Self {
            writer: Threads::that_write(outlive, path)?,
            readers: Threads::that_read(path, READERS)?,
            path: path.to_owned(),
            log: (outlive == Outlives::Process).then(|| beside(path, "-wal")),
        })
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(suffix);
    beside.into()
}

/// Makes the file of a database, where it lacks, for this user alone. SQLite's own files
/// beside it get the same rights.
fn make_private(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.create(true).append(true).mode(0o600);
    options.open(path).map(drop)
}

fn unusable(path: PathBuf, why: &dyn std::fmt::Display) -> DatabaseError {
    DatabaseError::Unusable {
        path,
        why: why.to_string(),
    }
}
