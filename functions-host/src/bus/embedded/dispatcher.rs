//! Brings those who wait for a request together with the requests that wait.
//!
//! While one claim is written, more come and ask: the next claim is for all of them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::queue::{self, Claimed};
use super::receipt::Claim;
use super::turns::Size;
use super::{Delivery, Shared};
use crate::database::DatabaseError;

/// How long to wait where the database fails.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest sleep: the clock may be set meanwhile.
const LOOK: Duration = Duration::from_secs(30);

pub(super) async fn run(shared: Arc<Shared>) {
    let mut fails = false;
    loop {
        match step(&shared).await {
            Ok(()) if fails => {
                tracing::info!("Requests are delivered again");
                fails = false;
            }
            Ok(()) => {}
            Err(DatabaseError::Closed) => return,
            Err(error) => {
                if !fails {
                    tracing::error!(%error, "No requests can be delivered; trying again");
                    fails = true;
                }
                sleep(PAUSE).await;
            }
        }
    }
}

async fn step(shared: &Arc<Shared>) -> Result<(), DatabaseError> {
    free(shared).await?;
    let wanted = {
        let mut waiting = shared.waiting();
        waiting.retain(|receiver| !receiver.is_closed());
        waiting.len()
    };
    let now = shared.config.clock.now();
    let shares = shared.turns().share_out(wanted, now);
    if shares.is_empty() {
        let next = shared.turns().next().filter(|_| wanted > 0);
        let next = next.map_or(LOOK, |next| {
            let milliseconds = next.saturating_sub(now).max(1).unsigned_abs();
            Duration::from_millis(milliseconds).min(LOOK)
        });
        tokio::select! {
            () = shared.wake.notified() => {}
            () = sleep(next) => {}
        }
        return Ok(());
    }
    let asked = shares.clone();
    match shared
        .database
        .write(move |db| queue::claim(db, &asked, now))
        .await
    {
        Ok(claimed) => {
            for ((tenant, share), claimed) in shares.iter().zip(claimed) {
                let Claimed { requests, next } = claimed;
                let mut turns = shared.turns();
                if let Some(next) = next {
                    turns.due(tenant, next);
                }
                turns.landed(tenant, share.saturating_sub(requests.len()));
                drop(turns);
                hand_out(shared, requests);
            }
            Ok(())
        }
        Err(error) => {
            for (tenant, share) in shares {
                let mut turns = shared.turns();
                turns.due(&tenant, now);
                turns.landed(&tenant, share);
            }
            Err(error)
        }
    }
}

/// Whoever waits longest is first. A delivery that nobody takes is dropped, and comes
/// again.
fn hand_out(shared: &Arc<Shared>, requests: Vec<queue::Row>) {
    for row in requests {
        let claim = Claim {
            seq: row.seq,
            tenant: row.request.tenant.clone(),
            size: Size::of(&row.request),
            attempt: row.attempts,
        };
        let receipt = claim.receipt(Arc::clone(shared));
        let mut delivery = Delivery::new(row.request, row.attempts, Box::new(receipt));
        loop {
            let Some(receiver) = shared.waiting().pop_front() else {
                break;
            };
            match receiver.send(delivery) {
                Ok(()) => break,
                Err(unwanted) => delivery = unwanted,
            }
        }
    }
}

/// Puts back what was dropped.
async fn free(shared: &Arc<Shared>) -> Result<(), DatabaseError> {
    let freed = std::mem::take(&mut *shared.freed());
    if freed.is_empty() {
        return Ok(());
    }
    let rows: VecDeque<_> = freed.iter().map(|freed| freed.seq).collect();
    let now = shared.config.clock.now();
    if let Err(error) = shared.database.write(move |db| queue::free(db, rows)).await {
        shared.freed().extend(freed);
        return Err(error);
    }
    for freed in freed {
        let mut turns = shared.turns();
        turns.due(&freed.tenant, now);
        turns.landed(&freed.tenant, 1);
    }
    Ok(())
}
