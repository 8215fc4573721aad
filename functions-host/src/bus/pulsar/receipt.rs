//! What goes with a delivery: what becomes of it is told to the broker, and only then that
//! it is done.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::sleep;

use super::item::Item;
use super::letter::Note;
use super::shared::{Shared, now};
use super::unbroken::Unbroken;
use super::wire::WireError;
use crate::bus::{BusError, Completion, Receipt, delays};

/// A request in somebody's hands, which is put back where nothing is said of it.
#[derive(Debug)]
pub(super) struct InHand {
    shared: Arc<Shared>,
    item: Option<Item>,
}

/// What becomes of a request.
enum End {
    Finished(Completion),
    Known,
    Retried(String),
    Dead(String, Completion),
}

impl InHand {
    pub(super) fn new(shared: Arc<Shared>, item: Item) -> Self {
        Self {
            shared,
            item: Some(item),
        }
    }

    /// Says it, whether or not somebody waits for that: what is told and what is known have
    /// to agree.
    fn settle(mut self: Box<Self>, end: End) -> BoxFuture<'static, Result<(), BusError>> {
        let Some(item) = self.item.take() else {
            return async { Ok(()) }.boxed();
        };
        let shared = Arc::clone(&self.shared);
        let ends = shared.ends.clone();
        Unbroken::new(ends, settle(shared, item, end)).boxed()
    }
}

async fn settle(shared: Arc<Shared>, item: Item, end: End) -> Result<(), BusError> {
    let told = tell(&shared, &item, &end).await;
    if let Err(error) = told {
        park(shared, item);
        return Err(error.into());
    }
    // The broker hears of it in a moment. One that does not sends the request again, and
    // hears it then.
    item.place.topic.done(&item.place);
    shared.turns().landed(item.owner());
    Ok(())
}

async fn tell(shared: &Arc<Shared>, item: &Item, end: &End) -> Result<(), WireError> {
    let attempts = item.attempts.saturating_add(1);
    match end {
        End::Finished(completion) => shared.tell(&item.request, completion).await,
        End::Known => Ok(()),
        End::Retried(reason) => {
            let note = Note {
                attempts,
                reason: reason.clone(),
                died_at: None,
                delay: Some(u64::try_from(delays::after(attempts)).unwrap_or_default()),
            };
            shared.postpone(item.owner(), &item.letter, &note).await
        }
        End::Dead(reason, completion) => {
            let note = Note {
                attempts,
                reason: reason.clone(),
                died_at: Some(now()),
                delay: None,
            };
            shared.bury(item.owner(), &item.letter, &note).await?;
            shared.tell(&item.request, completion).await
        }
    }
}

/// Lets a request come again later, of which it could not be told what became. Until then
/// it counts as in hand: where nothing can be told, no more is to be begun.
fn park(shared: Arc<Shared>, mut item: Item) {
    item.untold = item.untold.saturating_add(1);
    let delay = u64::try_from(delays::after(item.untold)).unwrap_or_default();
    let tasks = shared.tasks.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = sleep(Duration::from_millis(delay)) => {}
            () = shared.stops.cancelled() => {}
        }
        shared.put_back(item);
    });
}

impl Receipt for InHand {
    fn finish(self: Box<Self>, completion: Completion) -> BoxFuture<'static, Result<(), BusError>> {
        self.settle(End::Finished(completion))
    }

    fn acknowledge(self: Box<Self>) -> BoxFuture<'static, Result<(), BusError>> {
        self.settle(End::Known)
    }

    fn retry(self: Box<Self>, reason: String) -> BoxFuture<'static, Result<(), BusError>> {
        self.settle(End::Retried(reason))
    }

    fn dead_letter(
        self: Box<Self>,
        reason: String,
        completion: Completion,
    ) -> BoxFuture<'static, Result<(), BusError>> {
        self.settle(End::Dead(reason, completion))
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        if let Some(mut item) = self.item.take() {
            item.attempts = item.attempts.saturating_add(1);
            self.shared.put_back(item);
        }
    }
}

impl From<WireError> for BusError {
    fn from(error: WireError) -> Self {
        Self::Failed(error.to_string())
    }
}
