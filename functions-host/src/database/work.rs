//! Work on its way to a thread, and its result on the way back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::DatabaseError;
use super::threads::Threads;

/// Work, and whoever waits for it.
pub(super) trait Work: Send {
    /// Does it; `false` where it failed, and nothing of it is to be kept.
    fn run(&mut self, connection: &Connection) -> bool;

    /// Tells of its result, or why it was not kept.
    fn tell(self: Box<Self>, kept: Result<(), DatabaseError>);
}

struct Asked<T, W> {
    work: Option<W>,
    result: Result<T, DatabaseError>,
    /// Nobody, where it was left.
    asker: Option<oneshot::Sender<Result<T, DatabaseError>>>,
}

impl<T, W> Work for Asked<T, W>
where
    W: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        let Some(work) = self.work.take() else {
            return false;
        };
        self.result = match catch_unwind(AssertUnwindSafe(|| work(connection))) {
            Ok(result) => result.map_err(DatabaseError::from),
            Err(_) => Err(DatabaseError::Broken),
        };
        self.result.is_ok()
    }

    fn tell(self: Box<Self>, kept: Result<(), DatabaseError>) {
        let result = kept.and(self.result);
        match (self.asker, result) {
            // Whoever asked may wait no longer.
            (Some(asker), result) => drop(asker.send(result)),
            (None, Err(error)) => tracing::error!(%error, "Something was not written down"),
            (None, Ok(_)) => {}
        }
    }
}

/// Has `threads` do this work.
pub(super) async fn ask<T, W>(threads: &Threads, work: W) -> Result<T, DatabaseError>
where
    W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    T: Send + 'static,
{
    let (asker, answer) = oneshot::channel();
    send(threads, work, Some(asker)).await?;
    answer.await.unwrap_or(Err(DatabaseError::Closed))
}

/// Has `threads` do this work some time.
pub(super) async fn leave<W>(threads: &Threads, work: W) -> Result<(), DatabaseError>
where
    W: FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
{
    send(threads, work, None).await
}

async fn send<T, W>(
    threads: &Threads,
    work: W,
    asker: Option<oneshot::Sender<Result<T, DatabaseError>>>,
) -> Result<(), DatabaseError>
where
    W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    T: Send + 'static,
{
    let work = Asked {
        work: Some(work),
        result: Err(DatabaseError::Closed),
        asker,
    };
    threads.send(Box::new(work)).await
}
