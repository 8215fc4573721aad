//! What goes with a delivery, and what its end does to the queue.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::turns::Size;
use super::{Shared, dead, queue, to_its_end};
use crate::bus::{BusError, Completion, Receipt, delays};
use crate::tenant::TenantId;

/// A row that is claimed.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) seq: i64,
    pub(super) tenant: TenantId,
    pub(super) size: Size,
    pub(super) attempt: u32,
}

/// A row that is to be free again.
#[derive(Debug)]
pub(super) struct Freed {
    pub(super) seq: i64,
    pub(super) tenant: TenantId,
}

/// A claim that frees its row where nothing else is done with it.
#[derive(Debug)]
pub(super) struct Held {
    shared: Arc<Shared>,
    claim: Option<Claim>,
}

impl Claim {
    pub(super) fn receipt(self, shared: Arc<Shared>) -> Held {
        Held {
            shared,
            claim: Some(self),
        }
    }
}

impl Held {
    /// Writes what becomes of the row. Where that fails it is free again.
    fn settle<W, A>(
        mut self: Box<Self>,
        write: W,
        after: A,
    ) -> BoxFuture<'static, Result<(), BusError>>
    where
        W: FnOnce(&rusqlite::Connection, &Claim) -> rusqlite::Result<()> + Send + 'static,
        A: FnOnce(&Shared, &Claim) + Send + 'static,
    {
        to_its_end(async move {
            let Some(claim) = self.claim.clone() else {
                return Ok(());
            };
            let written = claim.clone();
            self.shared
                .database
                .write(move |db| write(db, &written))
                .await?;
            self.claim = None;
            after(&self.shared, &claim);
            self.shared.wake.notify_one();
            Ok(())
        })
    }
}

impl Receipt for Held {
    fn finish(self: Box<Self>, _: Completion) -> BoxFuture<'static, Result<(), BusError>> {
        self.settle(|db, claim| queue::remove(db, claim.seq), gone)
    }

    fn acknowledge(self: Box<Self>) -> BoxFuture<'static, Result<(), BusError>> {
        self.settle(|db, claim| queue::remove(db, claim.seq), gone)
    }

    fn retry(self: Box<Self>, reason: String) -> BoxFuture<'static, Result<(), BusError>> {
        let attempt = self.claim.as_ref().map_or(1, |claim| claim.attempt);
        let due = self
            .shared
            .config
            .clock
            .now()
            .saturating_add(delays::after(attempt));
        self.settle(
            move |db, claim| queue::put_back(db, claim.seq, due, &reason),
            move |shared, claim| {
                let mut turns = shared.turns();
                turns.due(&claim.tenant, due);
                turns.landed(&claim.tenant, 1);
            },
        )
    }

    fn dead_letter(
        self: Box<Self>,
        reason: String,
        _: Completion,
    ) -> BoxFuture<'static, Result<(), BusError>> {
        let now = self.shared.config.clock.now();
        let most = self.shared.config.max_dead_letters;
        self.settle(
            move |db, claim| {
                dead::bury(db, claim.seq, &reason, now)?;
                queue::remove(db, claim.seq)?;
                dead::keep(db, most)
            },
            gone,
        )
    }
}

fn gone(shared: &Shared, claim: &Claim) {
    let mut turns = shared.turns();
    turns.landed(&claim.tenant, 1);
    turns.leave(&claim.tenant, claim.size);
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(Claim { seq, tenant, .. }) = self.claim.take() {
            self.shared.freed().push(Freed { seq, tenant });
            self.shared.wake.notify_one();
        }
    }
}
