//! A PostgreSQL that hosts share: the connections of one of them to it.
//!
//! Whoever keeps something there takes a [`Line`] for each piece of work. A network can fall
//! silent and a server can die, so nothing in here waits for longer than it was told to, and
//! a connection whose work has not come to an end is not used again.

#[cfg(test)]
#[path = "../tests/servers/database.rs"]
pub(crate) mod database;
mod line;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::time::{Instant, timeout};

pub use line::{Line, within};

/// How long bringing the database up to date may take, waiting for other hosts that do it
/// included.
pub const MIGRATING: Duration = Duration::from_secs(300);

/// How long the end may take.
const CLOSING: Duration = Duration::from_secs(5);

/// The connections of a host to its database. Clones are cheap and are the same connections.
#[derive(Clone, Debug)]
pub struct Lines {
    pool: PgPool,
    timeout: Duration,
}

/// How many connections there are, and how long they are waited for.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How many there are at most; at least one.
    pub connections: u32,
    /// How long a connection is waited for, those that are tried again included.
    pub connect_timeout: Duration,
    /// How long a piece of work may take, once there is a connection.
    pub timeout: Duration,
}

impl Lines {
    /// Connects to nothing yet.
    #[must_use]
    pub fn new(options: PgConnectOptions, bounds: Bounds) -> Self {
        let greeting = greeting(bounds.timeout);
        // What is left of the time is for another connection, where one is not well.
        let well = bounds.connect_timeout / 5;
        let pool = PgPoolOptions::new()
            .max_connections(bounds.connections.max(1))
            .acquire_timeout(bounds.connect_timeout)
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
            .connect_lazy_with(options);
        Self {
            pool,
            timeout: bounds.timeout,
        }
    }

    /// How many connections there are at most.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.pool.options().get_max_connections()
    }

    /// A connection for one piece of work.
    ///
    /// # Errors
    /// None is to be had in time.
    pub async fn line(&self) -> sqlx::Result<Line> {
        let connection = self.pool.acquire().await?;
        Ok(Line::new(connection, Instant::now() + self.timeout))
    }

    /// A connection beside all others, which may wait and work for longer.
    ///
    /// # Errors
    /// None is to be had in time.
    pub async fn one_to_migrate(&self) -> sqlx::Result<PgConnection> {
        let mut connection = self.pool.acquire().await?.detach();
        let patience = MIGRATING.as_millis();
        let patient = format!("SET lock_timeout = {patience}; SET statement_timeout = {patience}");
        let patient = sqlx::raw_sql(AssertSqlSafe(patient));
        connection.execute(patient).await?;
        Ok(connection)
    }

    /// Ends the connections, once what is under way has ended.
    pub async fn close(&self) {
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
