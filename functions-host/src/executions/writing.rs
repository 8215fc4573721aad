//! Writes down what would stay unwritten, and brings what has ended to its place: after a
//! while, when there is much of it, and when somebody asks.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::sleep;

use super::underway::Beginning;
use super::{ExecutionId, ExecutionsError, Shared, now, staged, table};

/// How long something stays unwritten.
const SOON: Duration = Duration::from_millis(250);

pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        shared.unwritten.notified().await;
        while !shared.underway.is_idle() {
            let before = now();
            sleep(SOON).await;
            if let Err(error) = shared.settle(|begun| begun.at <= before).await {
                tracing::error!(%error, "The history could not be written");
            }
        }
    }
}

impl Shared {
    /// Writes down these beginnings, who was told, and brings all that has ended to its place.
    pub(super) async fn settle(
        self: &Arc<Self>,
        is_to_be: impl Fn(&Beginning) -> bool,
    ) -> Result<(), ExecutionsError> {
        self.write(self.underway.unwritten(is_to_be)).await?;
        self.settle_ends().await
    }

    /// Writes down that it has begun, where that is to be, and brings all that has ended to
    /// its place: what is read of it then is how it stands.
    pub(super) async fn settle_for(
        self: &Arc<Self>,
        id: ExecutionId,
    ) -> Result<(), ExecutionsError> {
        self.write(self.underway.unwritten_one(id).into_iter().collect())
            .await?;
        self.settled().await
    }

    /// Brings all that has ended to its place, for whoever reads it there.
    pub(super) async fn settled(self: &Arc<Self>) -> Result<(), ExecutionsError> {
        match self.underway.is_settled() {
            true => Ok(()),
            false => self.settle_ends().await,
        }
    }

    pub(super) async fn settle_ends(self: &Arc<Self>) -> Result<(), ExecutionsError> {
        let (shared, kept) = (Arc::clone(self), Arc::clone(self));
        let settle = move |db: &Connection| shared.settle_on(db);
        let kept = move |(): &()| {
            kept.underway.settled();
            if let Some(sharing) = &kept.sharing {
                sharing.ask.notify_one();
            }
        };
        Ok(self.database.write_one(settle, kept).await?)
    }

    /// Brings all that has ended to its place, as a part of what the thread that writes does.
    pub(super) fn settle_on(&self, db: &Connection) -> rusqlite::Result<()> {
        self.due.reset();
        staged::settle(db, self.underway.take_told())
    }

    async fn write(&self, begun: Vec<Beginning>) -> Result<(), ExecutionsError> {
        if begun.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = begun.iter().map(|begun| begun.new.id).collect();
        let write = move |db: &Connection| {
            let mut begun = begun.iter();
            begun.try_for_each(|begun| table::has_begun(db, begun))
        };
        self.database.write(write).await?;
        for id in ids {
            self.underway.written(id);
            self.changed(id);
        }
        Ok(())
    }
}
