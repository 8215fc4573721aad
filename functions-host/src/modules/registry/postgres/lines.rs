//! The connections of a host to its database.

use std::time::Duration;

use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::time::{Instant, timeout};

use super::line::Line;
use crate::modules::{ModulesError, PostgresConfig};

/// How long bringing the database up to date may take, waiting for other hosts that do it
/// included.
pub(super) const MIGRATING: Duration = Duration::from_secs(300);

/// How long the end may take.
const CLOSING: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Lines {
    pool: PgPool,
    timeout: Duration,
}

impl Lines {
    /// Connects to nothing yet.
    pub(super) fn new(config: &PostgresConfig) -> Self {
        let greeting = greeting(config.timeout);
        // What is left of the time is for another connection, where one is not well.
        let well = config.connect_timeout / 5;
        let pool = PgPoolOptions::new()
            .max_connections(config.connections.max(1))
            .acquire_timeout(config.connect_timeout)
            .after_connect(move |connection, _| {
                let greeting = AssertSqlSafe(greeting.clone());
                Box::pin(async move { connection.execute(sqlx::raw_sql(greeting)).await.map(drop) })
            })
            // The pool's own test waits for as long as the network is silent.
            .test_before_acquire(false)
            .before_acquire(move |connection, _| {
                Box::pin(async move {
                    let is_well = timeout(well, connection.ping()).await;
                    Ok(matches!(is_well, Ok(Ok(()))))
                })
            })
            .connect_lazy_with(config.url.options().clone());
        Self {
            pool,
            timeout: config.timeout,
        }
    }

    /// A connection for one piece of work.
    pub(super) async fn line(&self) -> Result<Line, ModulesError> {
        let connection = self.pool.acquire().await?;
        Ok(Line::new(connection, Instant::now() + self.timeout))
    }

    /// A connection beside all others, which may wait and work for longer.
    pub(super) async fn one_to_migrate(&self) -> sqlx::Result<PgConnection> {
        let mut connection = self.pool.acquire().await?.detach();
        let patience = MIGRATING.as_millis();
        let patient = format!("SET lock_timeout = {patience}; SET statement_timeout = {patience}");
        let patient = sqlx::raw_sql(AssertSqlSafe(patient));
        connection.execute(patient).await?;
        Ok(connection)
    }

    pub(super) async fn close(&self) {
        // What has not come back by then is not waited for.
        let _ = timeout(CLOSING, self.pool.close()).await;
    }
}

/// What is said on each new connection. The server gives up a little before we do, so that
/// the connection stays as it should be, and throws out whoever holds a lock and is gone.
fn greeting(most: Duration) -> String {
    let most = most.as_millis();
    let sooner = most * 9 / 10;
    format!(
        "SET lock_timeout = {sooner}; SET statement_timeout = {sooner}; \
         SET idle_in_transaction_session_timeout = {most}"
    )
}
