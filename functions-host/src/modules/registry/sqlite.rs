//! The modules in a file of SQLite.
//!
//! One connection writes and takes the database for itself when it begins, so that a
//! transaction never finds out late that it has to give way. Others read beside it.

mod held;

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::time::{Instant, sleep};

use super::database::{Database, Purpose, Session, Words};
use super::rows::columns;
use super::schema;
use crate::modules::ModulesError;
use held::Held;

/// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(30);

/// How long until whoever was refused at once comes again.
const AGAIN: Duration = Duration::from_millis(20);

/// How many connections read.
const READERS: u32 = 4;

/// How long to wait for a connection.
const TURN: Duration = Duration::from_secs(30);

/// Rows that hold a text in any case.
macro_rules! holding {
    () => {
        "FROM modules WHERE instr(lower(id), lower($1)) OR instr(lower(description), lower($1))"
    };
}

const WORDS: Words = Words {
    // Whoever writes is alone.
    one_to_change: concat!("SELECT ", columns!(), " FROM modules WHERE id = $1"),
    some: concat!(
        "SELECT ",
        columns!(),
        " ",
        holding!(),
        " ORDER BY id LIMIT $2 OFFSET $3"
    ),
    count: concat!("SELECT count(*) ", holding!()),
    objects: "SELECT DISTINCT lower(hex(sha256)) || coalesce('-' || mark, '') || '.wasm' \
         FROM modules",
    loose: "SELECT object FROM loose_objects WHERE doomed = 1 OR since <= unixepoch() - $1 \
         LIMIT 1000",
};

#[derive(Debug)]
pub(super) struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Sqlite {
    pub(super) async fn open(path: &Path) -> Result<Self, ModulesError> {
        if let Some(folder) = path.parent() {
            let made = tokio::fs::create_dir_all(folder).await;
            made.map_err(|error| ModulesError::file("made", folder, error))?;
        }
        private(path).map_err(|error| ModulesError::file("made", path, error))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A row has to be gone for good before its bytes go.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY);
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(TURN)
        };
        let writer = connected(pool(1), &options).await?;
        // It would lock nothing by itself.
        let mut alone = writer.begin_with("BEGIN IMMEDIATE").await?;
        let migrated = schema::of_sqlite().run(&mut *alone).await;
        migrated.map_err(|source| ModulesError::Migration {
            database: path.display().to_string(),
            source,
        })?;
        alone.commit().await?;
        let readers = pool(READERS).connect_lazy_with(options);
        Ok(Self { writer, readers })
    }
}

#[async_trait]
impl Database for Sqlite {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn session(&self, purpose: Purpose) -> Result<Box<dyn Session>, ModulesError> {
        Ok(Box::new(match purpose {
            Purpose::Look => Held::Connection(self.readers.acquire().await?),
            Purpose::Read => Held::Transaction(self.readers.begin().await?),
            Purpose::Write => Held::Transaction(self.writer.begin_with("BEGIN IMMEDIATE").await?),
        }))
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// The first who comes turns a new file into one that has a log. Whoever comes meanwhile is
/// refused at once, whatever he is ready to wait: SQLite makes nobody wait who would have to
/// let go of what he has for the other to come to an end.
async fn connected(
    pool: SqlitePoolOptions,
    options: &SqliteConnectOptions,
) -> Result<SqlitePool, ModulesError> {
    let begun = Instant::now();
    loop {
        let connected = pool.clone().connect_with(options.clone()).await;
        let error = match connected.map_err(ModulesError::from) {
            Ok(connected) => return Ok(connected),
            Err(error) => error,
        };
        if !error.is_transient() || begun.elapsed() >= BUSY {
            return Err(error);
        }
        sleep(AGAIN).await;
    }
}

/// Makes the file, where it lacks, for this user alone: what modules are granted stands in
/// it. SQLite's own files beside it get the same rights.
fn private(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.create(true).append(true).mode(0o600);
    options.open(path).map(drop)
}
