//! What is known of the modules, in SQLite.
//!
//! One connection writes and takes the database for itself when it begins, so that a
//! transaction never finds out late that it has to give way. Others read beside it.

mod rows;
mod schema;

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

use super::steps::{Step, done};
use super::store::{Store, blocking};
use super::upload::Received;
use super::{Digest, Listed, Listing, Module, ModuleId, ModulesError, NewModule, Terms};
use rows::Row;

/// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(10);

/// How many connections read.
const READERS: u32 = 4;

/// How long to wait for a connection.
const TURN: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Registry {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Registry {
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
        let writer = pool(1).connect_with(options.clone()).await?;
        schema::bring_up_to_date(&writer, path).await?;
        let readers = pool(READERS).connect_lazy_with(options);
        Ok(Self { writer, readers })
    }

    /// Makes the store hold what the rows name, and nothing else.
    pub(super) async fn recover(&self, store: &Store) -> Result<(), ModulesError> {
        let mut write = self.write().await?;
        let named = sqlx::query_scalar("SELECT DISTINCT sha256 FROM modules");
        let named: Vec<Vec<u8>> = named.fetch_all(&mut *write).await?;
        let named: HashSet<Digest> = named
            .iter()
            .filter_map(|bytes| rows::digest(bytes))
            .collect();
        let missing = {
            let store = store.clone();
            blocking(move || store.recover(named)).await?
        };
        write.rollback().await?;
        for digest in missing {
            tracing::error!(
                path = %store.path(digest).display(),
                "The bytes of a module are not there. \
                 Put the file back, or delete the module and upload it again"
            );
        }
        Ok(())
    }

    pub(super) async fn add(
        &self,
        store: &Store,
        new: NewModule,
        received: Received,
    ) -> Result<Module, ModulesError> {
        let mut write = self.write().await?;
        let taken = sqlx::query_scalar::<_, i64>("SELECT 1 FROM modules WHERE id = ?");
        let taken = taken
            .bind(new.id.as_str())
            .fetch_optional(&mut *write)
            .await?;
        if taken.is_some() {
            return Err(ModulesError::Exists(new.id));
        }
        let digest = received.digest();
        let Terms {
            description,
            limits,
            grants,
        } = new.terms;
        let module = Module {
            id: new.id,
            description,
            filepath: store.path(digest),
            created_at: now(),
            sha256: digest,
            size_bytes: received.size(),
            abi: new.abi,
            limits,
            grants,
            updated_at: None,
        };
        let store = store.clone();
        blocking(move || store.keep(digest, &received.incoming)).await?;
        sqlx::query(
            "INSERT INTO modules \
             (id, description, sha256, size_bytes, abi, created_at, limits, grants) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(module.id.as_str())
        .bind(module.description.as_deref())
        .bind(module.sha256.as_bytes().as_slice())
        .bind(i64::try_from(module.size_bytes).unwrap_or(i64::MAX))
        .bind(&module.abi)
        .bind(&module.created_at)
        .bind(rows::limits(&module.limits))
        .bind(rows::grants(&module.grants))
        .execute(&mut *write)
        .await?;
        done(Step::Inserted);
        write.commit().await?;
        done(Step::Added);
        Ok(module)
    }

    /// Changes what is said of a module, as `change` does; nothing where that fails.
    pub(super) async fn change<E>(
        &self,
        store: &Store,
        id: &ModuleId,
        change: impl FnOnce(&mut Terms) -> Result<(), E>,
    ) -> Result<Option<Result<Module, E>>, ModulesError> {
        let mut write = self.write().await?;
        let row = sqlx::query_as::<_, Row>(rows::ONE).bind(id.as_str());
        let Some(row) = row.fetch_optional(&mut *write).await? else {
            return Ok(None);
        };
        let mut module = rows::module(row, store)?;
        let mut terms = module.terms();
        if let Err(error) = change(&mut terms) {
            return Ok(Some(Err(error)));
        }
        if terms == module.terms() {
            return Ok(Some(Ok(module)));
        }
        module.description = terms.description;
        module.limits = terms.limits;
        module.grants = terms.grants;
        module.updated_at = Some(now());
        sqlx::query(
            "UPDATE modules SET description = ?, limits = ?, grants = ?, updated_at = ? \
             WHERE id = ?",
        )
        .bind(module.description.as_deref())
        .bind(rows::limits(&module.limits))
        .bind(rows::grants(&module.grants))
        .bind(module.updated_at.as_deref())
        .bind(id.as_str())
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(Some(Ok(module)))
    }

    pub(super) async fn get(
        &self,
        store: &Store,
        id: &ModuleId,
    ) -> Result<Option<Module>, ModulesError> {
        let row = sqlx::query_as::<_, Row>(rows::ONE).bind(id.as_str());
        let row = row.fetch_optional(&self.readers).await?;
        row.map(|row| rows::module(row, store)).transpose()
    }

    pub(super) async fn list(
        &self,
        store: &Store,
        wanted: &Listing,
    ) -> Result<Listed, ModulesError> {
        let text = wanted.text.as_deref().unwrap_or("");
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        // Both of one moment.
        let mut read = self.readers.begin().await?;
        let total = sqlx::query_scalar::<_, i64>(rows::COUNT).bind(text);
        let total = total.fetch_one(&mut *read).await?;
        let rows = sqlx::query_as::<_, Row>(rows::SOME)
            .bind(text)
            .bind(number(wanted.limit))
            .bind(number(wanted.skip))
            .fetch_all(&mut *read)
            .await?;
        read.rollback().await?;
        let modules = rows.into_iter().map(|row| rows::module(row, store));
        Ok(Listed {
            modules: modules.collect::<Result<_, _>>()?,
            total: u64::try_from(total).unwrap_or(0),
        })
    }

    /// Removes the row. The bytes stay: see [`sweep`](Self::sweep).
    pub(super) async fn remove(
        &self,
        store: &Store,
        id: &ModuleId,
    ) -> Result<Option<Module>, ModulesError> {
        let mut write = self.write().await?;
        let row = sqlx::query_as::<_, Row>(rows::ONE).bind(id.as_str());
        let Some(row) = row.fetch_optional(&mut *write).await? else {
            return Ok(None);
        };
        let module = rows::module(row, store)?;
        let delete = sqlx::query("DELETE FROM modules WHERE id = ?").bind(id.as_str());
        delete.execute(&mut *write).await?;
        done(Step::Deleted);
        write.commit().await?;
        done(Step::Removed);
        Ok(Some(module))
    }

    /// Takes bytes away if no row names them; `true` if none does.
    pub(super) async fn sweep(&self, store: &Store, digest: Digest) -> Result<bool, ModulesError> {
        // Nothing is written: it keeps others from beginning to name them.
        let mut write = self.write().await?;
        let named = sqlx::query_scalar::<_, i64>("SELECT 1 FROM modules WHERE sha256 = ? LIMIT 1")
            .bind(digest.as_bytes().as_slice())
            .fetch_optional(&mut *write)
            .await?;
        if named.is_none() {
            let store = store.clone();
            blocking(move || store.remove(digest)).await?;
        }
        write.rollback().await?;
        Ok(named.is_none())
    }

    async fn write(&self) -> Result<Transaction<'static, Sqlite>, ModulesError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// RFC 3339, UTC, microseconds.
fn now() -> String {
    humantime::format_rfc3339_micros(SystemTime::now()).to_string()
}

/// Makes the file, where it lacks, for this user alone: what modules are granted stands in
/// it. SQLite's own files beside it get the same rights.
fn private(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.create(true).append(true).mode(0o600);
    options.open(path).map(drop)
}
