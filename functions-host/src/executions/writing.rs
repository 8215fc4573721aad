//! Writes down what would stay unwritten: beginnings of executions that take their time, and
//! that somebody was told, where nothing ends along with which it would be written.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::sleep;

use super::underway::Beginning;
use super::{ExecutionId, ExecutionsError, Shared, now, table};

/// How long something stays unwritten.
const SOON: Duration = Duration::from_millis(250);

pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        shared.unwritten.notified().await;
        while !shared.underway.is_idle() {
            let before = now();
            sleep(SOON).await;
            if let Err(error) = shared.write_down(|begun| begun.at <= before).await {
                tracing::error!(%error, "The history could not be written");
            }
        }
    }
}

impl Shared {
    /// Writes down who was told by now, and these beginnings.
    pub(super) async fn write_down(
        &self,
        is_to_be: impl Fn(&Beginning) -> bool,
    ) -> Result<(), ExecutionsError> {
        self.write_told().await?;
        self.write(self.underway.unwritten(is_to_be)).await
    }

    /// Writes down that it has begun, where that is to be.
    pub(super) async fn write_down_one(&self, id: ExecutionId) -> Result<(), ExecutionsError> {
        self.write(self.underway.unwritten_one(id).into_iter().collect())
            .await
    }

    pub(super) async fn write_told(&self) -> Result<(), ExecutionsError> {
        let told = self.underway.take_told();
        if told.is_empty() {
            return Ok(());
        }
        let write = move |db: &Connection| told.iter().try_for_each(|id| table::tell(db, *id));
        Ok(self.database.write(write).await?)
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
