//! A connection for one piece of work, within a time.

use std::io;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, Postgres};
use tokio::time::{Instant, timeout_at};

/// A connection that goes back to the others only where its work has come to an end.
/// Otherwise something is still under way on it, or nobody listens any more on the other
/// side, and it is closed.
#[derive(Debug)]
pub struct Line {
    connection: Option<PoolConnection<Postgres>>,
    until: Instant,
    /// Whether a transaction has begun.
    is_open: bool,
}

impl Line {
    pub(super) fn new(connection: PoolConnection<Postgres>, until: Instant) -> Self {
        Self {
            connection: Some(connection),
            until,
            is_open: false,
        }
    }

    /// Until when its work has to be done.
    #[must_use]
    pub fn until(&self) -> Instant {
        self.until
    }

    /// The connection; what is done on it has to be done [in time](within).
    ///
    /// # Errors
    /// It was given back.
    pub fn connection(&mut self) -> sqlx::Result<&mut PgConnection> {
        let connection = self.connection.as_deref_mut();
        connection.ok_or(sqlx::Error::PoolClosed)
    }

    /// Begins a transaction, in these words.
    ///
    /// # Errors
    /// The database fails.
    pub async fn begin(&mut self, sql: &'static str) -> sqlx::Result<()> {
        self.run(sql).await?;
        self.is_open = true;
        Ok(())
    }

    async fn run(&mut self, sql: &'static str) -> sqlx::Result<()> {
        let until = self.until;
        let ran = sqlx::raw_sql(sql).execute(self.connection()?);
        within(until, ran).await.map(drop)
    }

    /// Keeps what was done since the beginning, and gives the connection back.
    ///
    /// # Errors
    /// It is not known to be kept.
    pub async fn keep(mut self) -> sqlx::Result<()> {
        if self.is_open {
            self.run("COMMIT").await?;
        }
        self.give_back().await;
        Ok(())
    }

    /// Keeps nothing of it, and gives the connection back.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end(mut self) -> sqlx::Result<()> {
        if self.is_open {
            self.run("ROLLBACK").await?;
        }
        self.give_back().await;
        Ok(())
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

/// Does `work` until then at the latest.
///
/// # Errors
/// What `work` fails with, or it takes too long.
pub async fn within<T>(
    until: Instant,
    work: impl Future<Output = sqlx::Result<T>>,
) -> sqlx::Result<T> {
    match timeout_at(until, work).await {
        Ok(done) => done,
        Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())),
    }
}
