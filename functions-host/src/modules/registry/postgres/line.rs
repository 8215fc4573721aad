//! A connection for one piece of work, within a time.

use std::io;

use async_trait::async_trait;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, Postgres as Driver};
use tokio::time::{Instant, timeout_at};

use crate::modules::registry::database::{Session, Value, bound};
use crate::modules::registry::rows::Row;
use crate::modules::{Digest, ModulesError};

/// A connection that goes back to the others only where its work has come to an end.
/// Otherwise something is still under way on it, or nobody listens any more on the other
/// side, and it is closed.
pub(super) struct Line {
    connection: Option<PoolConnection<Driver>>,
    until: Instant,
    /// Whether a transaction has begun.
    is_open: bool,
}

impl Line {
    pub(super) fn new(connection: PoolConnection<Driver>, until: Instant) -> Self {
        Self {
            connection: Some(connection),
            until,
            is_open: false,
        }
    }

    fn connection(&mut self) -> Result<&mut PgConnection, ModulesError> {
        let connection = self.connection.as_deref_mut();
        connection.ok_or(ModulesError::Database(sqlx::Error::PoolClosed))
    }

    /// Begins a transaction, in these words.
    pub(super) async fn begin(&mut self, sql: &'static str) -> Result<(), ModulesError> {
        self.run(sql).await?;
        self.is_open = true;
        Ok(())
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), ModulesError> {
        let until = self.until;
        let ran = sqlx::raw_sql(sql).execute(self.connection()?);
        within(until, ran).await.map(drop)
    }

    async fn give_back(mut self) {
        if let Some(mut connection) = self.connection.take() {
            // It is asked whether it is well, which waits for the other side.
            let _ = timeout_at(self.until, connection.return_to_pool()).await;
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.close_on_drop();
        }
    }
}

async fn within<T>(
    until: Instant,
    work: impl Future<Output = sqlx::Result<T>>,
) -> Result<T, ModulesError> {
    match timeout_at(until, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()).into()),
    }
}

#[async_trait]
impl Session for Line {
    async fn hold(&mut self, digest: Digest) -> Result<(), ModulesError> {
        let [first, second, ..] = digest.as_bytes().as_chunks::<8>().0 else {
            return Ok(());
        };
        let key = i64::from_be_bytes(*first) ^ i64::from_be_bytes(*second);
        let until = self.until;
        let hold = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(key);
        let hold = hold.execute(self.connection()?);
        within(until, hold).await.map(drop)
    }

    async fn modules(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, ModulesError> {
        let until = self.until;
        let select = bound!(sqlx::query_as::<_, Row>(sql), values);
        within(until, select.fetch_all(self.connection()?)).await
    }

    async fn texts(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<String>, ModulesError> {
        let until = self.until;
        let select = bound!(sqlx::query_scalar::<_, String>(sql), values);
        within(until, select.fetch_all(self.connection()?)).await
    }

    async fn count(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, ModulesError> {
        let until = self.until;
        let select = bound!(sqlx::query_scalar::<_, i64>(sql), values);
        let count = within(until, select.fetch_one(self.connection()?)).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn write(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, ModulesError> {
        let until = self.until;
        let written = bound!(sqlx::query(sql), values);
        let written = within(until, written.execute(self.connection()?)).await?;
        Ok(written.rows_affected())
    }

    async fn keep(mut self: Box<Self>) -> Result<(), ModulesError> {
        if self.is_open {
            self.run("COMMIT").await?;
        }
        self.give_back().await;
        Ok(())
    }

    async fn end(mut self: Box<Self>) -> Result<(), ModulesError> {
        if self.is_open {
            self.run("ROLLBACK").await?;
        }
        self.give_back().await;
        Ok(())
    }
}
