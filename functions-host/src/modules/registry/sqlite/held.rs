//! A connection for one piece of work.

use async_trait::async_trait;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Sqlite as Driver, Transaction};

use crate::modules::registry::database::{Session, Value, bound};
use crate::modules::registry::rows::Row;
use crate::modules::{Digest, ModulesError};

/// A connection that looks, or a transaction.
pub(super) enum Held {
    Connection(PoolConnection<Driver>),
    Transaction(Transaction<'static, Driver>),
}

impl Held {
    fn connection(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Connection(connection) => connection,
            Self::Transaction(transaction) => transaction,
        }
    }
}

#[async_trait]
impl Session for Held {
    /// Whoever writes holds all of them.
    async fn hold(&mut self, _: Digest) -> Result<(), ModulesError> {
        Ok(())
    }

    async fn modules(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, ModulesError> {
        let select = bound!(sqlx::query_as::<_, Row>(sql), values);
        Ok(select.fetch_all(self.connection()).await?)
    }

    async fn texts(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<String>, ModulesError> {
        let select = bound!(sqlx::query_scalar::<_, String>(sql), values);
        Ok(select.fetch_all(self.connection()).await?)
    }

    async fn count(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, ModulesError> {
        let select = bound!(sqlx::query_scalar::<_, i64>(sql), values);
        let count = select.fetch_one(self.connection()).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn write(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, ModulesError> {
        let written = bound!(sqlx::query(sql), values);
        let written = written.execute(self.connection()).await?;
        Ok(written.rows_affected())
    }

    async fn keep(self: Box<Self>) -> Result<(), ModulesError> {
        match *self {
            Self::Connection(_) => Ok(()),
            Self::Transaction(transaction) => Ok(transaction.commit().await?),
        }
    }

    async fn end(self: Box<Self>) -> Result<(), ModulesError> {
        match *self {
            Self::Connection(_) => Ok(()),
            Self::Transaction(transaction) => Ok(transaction.rollback().await?),
        }
    }
}
