//! A session on a connection to PostgreSQL.

use async_trait::async_trait;

use crate::modules::registry::database::{Session, Value, bound};
use crate::modules::registry::rows::Row;
use crate::modules::{Digest, ModulesError};
use crate::postgres::{Line, within};

#[async_trait]
impl Session for Line {
    async fn hold(&mut self, digest: Digest) -> Result<(), ModulesError> {
        let [first, second, ..] = digest.as_bytes().as_chunks::<8>().0 else {
            return Ok(());
        };
        let key = i64::from_be_bytes(*first) ^ i64::from_be_bytes(*second);
        let until = self.until();
        let hold = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(key);
        let hold = hold.execute(self.connection()?);
        within(until, hold).await?;
        Ok(())
    }

    async fn modules(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, ModulesError> {
        let until = self.until();
        let select = bound!(sqlx::query_as::<_, Row>(sql), values);
        Ok(within(until, select.fetch_all(self.connection()?)).await?)
    }

    async fn texts(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<String>, ModulesError> {
        let until = self.until();
        let select = bound!(sqlx::query_scalar::<_, String>(sql), values);
        Ok(within(until, select.fetch_all(self.connection()?)).await?)
    }

    async fn count(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, ModulesError> {
        let until = self.until();
        let select = bound!(sqlx::query_scalar::<_, i64>(sql), values);
        let count = within(until, select.fetch_one(self.connection()?)).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn write(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, ModulesError> {
        let until = self.until();
        let written = bound!(sqlx::query(sql), values);
        let written = within(until, written.execute(self.connection()?)).await?;
        Ok(written.rows_affected())
    }

    async fn keep(self: Box<Self>) -> Result<(), ModulesError> {
        Ok(Line::keep(*self).await?)
    }

    async fn end(self: Box<Self>) -> Result<(), ModulesError> {
        Ok(Line::end(*self).await?)
    }
}
