//! Work on its way to a thread, and its result on the way back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::DatabaseError;
use super::threads::Threads;

/// Work, and whoever waits for it.
pub(super) trait Work: Send {
    /// Whether it leaves nothing where it fails, without anybody's help.
    fn is_one(&self) -> bool;

    /// Does it; `false` where it failed, and nothing of it is to be kept.
    fn run(&mut self, connection: &Connection) -> bool;

    /// Tells of its result, or why it was not kept.
    fn tell(self: Box<Self>, kept: Result<(), DatabaseError>);
}

/// How much of it there is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// A single statement that changes something: it is done or not.
    One,
    /// Any number of them.
    Some,
}

struct Asked<T, W, K> {
    work: Option<W>,
    extent: Extent,
    result: Result<T, DatabaseError>,
    /// What is done once it is kept, before anybody is told.
    kept: K,
    /// Nobody, where it was left.
    asker: Option<oneshot::Sender<Result<T, DatabaseError>>>,
}

impl<T, W, K> Work for Asked<T, W, K>
where
    W: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
    K: FnOnce(&T) + Send,
    T: Send,
{
    fn is_one(&self) -> bool {
        self.extent == Extent::One
    }

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
        if let Ok(result) = &result {
            (self.kept)(result);
        }
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
    ask_then(threads, Extent::Some, work, |_| {}).await
}

/// The same, with what is done once it is kept, whether or not somebody waits by then.
pub(super) async fn ask_then<T, W, K>(
    threads: &Threads,
    extent: Extent,
    work: W,
    kept: K,
) -> Result<T, DatabaseError>
where
    W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    K: FnOnce(&T) + Send + 'static,
    T: Send + 'static,
{
    let (asker, answer) = oneshot::channel();
    let work = Asked {
        work: Some(work),
        extent,
        result: Err(DatabaseError::Closed),
        kept,
        asker: Some(asker),
    };
    threads.send(Box::new(work)).await?;
    answer.await.unwrap_or(Err(DatabaseError::Closed))
}

/// Has `threads` do this work some time.
pub(super) async fn leave<W>(threads: &Threads, work: W) -> Result<(), DatabaseError>
where
    W: FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
{
    let work = Asked {
        work: Some(work),
        extent: Extent::Some,
        result: Err(DatabaseError::Closed),
        kept: |(): &()| {},
        asker: None,
    };
    threads.send(Box::new(work)).await
}
