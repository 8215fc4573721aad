//! Takes away what the history need not keep, the oldest first, a little at a time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rusqlite::{Connection, Result};
use tokio::time::sleep;

use super::{Shared, now};

/// How often it looks, where little happens.
const LOOK: Duration = Duration::from_secs(60);

/// How many are taken away at once: the more there are, the more share their pages, and the
/// longer whoever writes waits for that.
const STEP: i64 = 1_000;

/// How many times as much is kept of what others have not been told of yet.
const PATIENCE: i64 = 4;

/// What is too much or too old.
#[derive(Clone, Copy)]
struct Excess {
    count: i64,
    bytes: i64,
    before: i64,
    /// Up to which number of their ends.
    until: i64,
}

pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        while sweep(&shared).await {}
        tokio::select! {
            () = shared.sweep.notified() => {}
            () = sleep(LOOK) => {}
        }
    }
}

/// The same with what all hosts share.
pub(super) async fn run_shared(shared: Arc<Shared>) {
    let Some(sharing) = &shared.sharing else {
        return;
    };
    loop {
        match sharing.history.sweep(&shared.config).await {
            Ok(true) => continue,
            Ok(false) => {}
            // That it is away is told by whoever copies.
            Err(error) => tracing::debug!(%error, "The history that hosts share was not swept"),
        }
        sleep(LOOK).await;
    }
}

/// Takes a few away; `true` where there may be more.
pub(super) async fn sweep(shared: &Shared) -> bool {
    let most = |most: u64| i64::try_from(most).unwrap_or(i64::MAX);
    let age = i64::try_from(shared.config.age.as_micros()).unwrap_or(i64::MAX);
    let (count, bytes) = (
        shared.kept.load(Ordering::Relaxed),
        shared.kept_bytes.load(Ordering::Relaxed),
    );
    let excess = Excess {
        count: count - most(shared.config.most),
        bytes: bytes - most(shared.config.bytes),
        before: now().saturating_sub(age),
        until: match &shared.sharing {
            Some(sharing)
                if count <= most(shared.config.most).saturating_mul(PATIENCE)
                    && bytes <= most(shared.config.bytes).saturating_mul(PATIENCE) =>
            {
                sharing.copied()
            }
            _ => i64::MAX,
        },
    };
    match shared.database.write(move |db| remove(db, excess)).await {
        Ok((count, bytes)) => {
            shared.kept.fetch_sub(count, Ordering::Relaxed);
            shared.kept_bytes.fetch_sub(bytes, Ordering::Relaxed);
            if shared.sharing.is_some() && excess.until == i64::MAX && count > 0 {
                tracing::error!(
                    count,
                    "More waits to be told to other hosts than is kept: the oldest are forgotten"
                );
            }
            count == STEP
        }
        Err(error) => {
            tracing::warn!(%error, "The history could not be swept");
            false
        }
    }
}

/// How many were taken away, and how many bytes they had.
fn remove(db: &Connection, excess: Excess) -> Result<(i64, i64)> {
    // The newest stays, so that the numbers go on from there: those of ends, and their own.
    let mut oldest = db.prepare_cached(
        "SELECT number, finished_at, bytes FROM executions \
         WHERE seq < (SELECT max(seq) FROM executions) AND seq <= ? \
         AND number < (SELECT max(number) FROM executions) ORDER BY seq LIMIT ?",
    )?;
    let rows = oldest.query_map([excess.until, STEP], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let rows = rows.collect::<Result<Vec<(i64, i64, i64)>>>()?;
    let mut delete = db.prepare_cached("DELETE FROM executions WHERE number = ?")?;
    let (mut count, mut bytes) = (0, 0);
    for (number, finished_at, size) in rows {
        let is_excess = count < excess.count || bytes < excess.bytes || finished_at < excess.before;
        if !is_excess {
            break;
        }
        delete.execute([number])?;
        count += 1;
        bytes += size;
    }
    Ok((count, bytes))
}
