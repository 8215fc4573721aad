//! The history that hosts share, in a PostgreSQL.

mod copying;
mod listing;
mod rows;
mod sweeping;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::{SharedError, SharedHistory};
use crate::executions::{Execution, ExecutionId, ExecutionsConfig, Listed, Listing};
use crate::postgres::{Line, Lines, within};

/// How long a turn among those who use the connections is waited for.
const TURN: Duration = Duration::from_secs(5);

/// A history in the database of these connections, which is up to date.
#[derive(Debug)]
pub struct PostgresHistory {
    lines: Lines,
    /// Whoever else uses the connections is left half of them.
    turns: Arc<Semaphore>,
}

impl PostgresHistory {
    /// The history in the database of these connections.
    #[must_use]
    pub fn new(lines: Lines) -> Self {
        let turns = usize::try_from(lines.most() / 2).unwrap_or(1).max(1);
        Self {
            lines,
            turns: Arc::new(Semaphore::new(turns)),
        }
    }

    async fn turn(&self) -> Result<(SemaphorePermit<'_>, Line), SharedError> {
        let turn = timeout(TURN, self.turns.acquire()).await;
        let Ok(Ok(turn)) = turn else {
            let why = format!("its connections were busy for {TURN:?}");
            return Err(SharedError::Away(why));
        };
        Ok((turn, self.lines.line().await?))
    }
}

#[async_trait]
impl SharedHistory for PostgresHistory {
    async fn identity(&self) -> Result<String, SharedError> {
        let (_turn, mut line) = self.turn().await?;
        let until = line.until();
        let select = sqlx::query_scalar("SELECT id::text FROM executions_history");
        let id = within(until, select.fetch_one(line.connection()?)).await?;
        line.end().await?;
        Ok(id)
    }

    async fn copy(&self, executions: &[Execution]) -> Result<(), SharedError> {
        if executions.is_empty() {
            return Ok(());
        }
        let (_turn, line) = self.turn().await?;
        copying::copy(line, executions).await
    }

    async fn get(&self, id: ExecutionId) -> Result<Option<Execution>, SharedError> {
        let (_turn, mut line) = self.turn().await?;
        let until = line.until();
        let select = sqlx::query(rows::ONE).bind(id.to_string());
        let row = within(until, select.fetch_optional(line.connection()?)).await?;
        line.end().await?;
        row.map(|row| rows::execution(&row)).transpose()
    }

    async fn list(&self, wanted: &Listing) -> Result<Listed, SharedError> {
        let (_turn, line) = self.turn().await?;
        listing::list(line, wanted).await
    }

    async fn sweep(&self, bounds: &ExecutionsConfig) -> Result<bool, SharedError> {
        let (_turn, line) = self.turn().await?;
        sweeping::sweep(line, bounds).await
    }
}

impl From<sqlx::Error> for SharedError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(of_database) => {
                let code = of_database.code().unwrap_or_default();
                // Data, constraints, and what is too large.
                match ["22", "23", "54"].contains(&code.get(..2).unwrap_or_default()) {
                    true => Self::Refused(error.to_string()),
                    false => Self::Away(error.to_string()),
                }
            }
            sqlx::Error::Encode(_) | sqlx::Error::Protocol(_) => Self::Refused(error.to_string()),
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnNotFound(_) => Self::Strange(error.to_string()),
            _ => Self::Away(error.to_string()),
        }
    }
}
