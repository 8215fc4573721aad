//! Work on its way to a thread, and its result on the way back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::DatabaseError;
use super::threads::Threads;

/// Work that somebody waits for.
pub(super) trait Work: Send {
    /// Does it; `false` where it failed, and nothing of it is to be kept.
    fn run(&mut self, connection: &Connection) -> bool;

    /// Tells of its result, or why it was not kept.
    fn tell(self: Box<Self>, kept: Result<(), DatabaseError>);
}

struct Asked<T, W> {
    work: Option<W>,
    result: Result<T, DatabaseError>,
    asker: oneshot::Sender<Result<T, DatabaseError>>,
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
        // Whoever asked may wait no longer.
        let _ = self.asker.send(kept.and(self.result));
    }
}

/// Has `threads` do this work.
pub(super) async fn ask<T, W>(threads: &Threads, work: W) -> Result<T, DatabaseError>
where
    W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    T: Send + 'static,
{
    let (asker, answer) = oneshot::channel();
    let work = Asked {
        work: Some(work),
        result: Err(DatabaseError::Closed),
        asker,
    };
    threads.send(Box::new(work)).await?;
    answer.await.unwrap_or(Err(DatabaseError::Closed))
}
