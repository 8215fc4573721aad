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

/// What is too much or too old.
#[derive(Clone, Copy)]
struct Excess {
    count: i64,
    bytes: i64,
    before: i64,
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

/// Takes a few away; `true` where there may be more.
pub(super) async fn sweep(shared: &Shared) -> bool {
    let most = |most: u64| i64::try_from(most).unwrap_or(i64::MAX);
    let age = i64::try_from(shared.config.age.as_micros()).unwrap_or(i64::MAX);
    let excess = Excess {
        count: shared.kept.load(Ordering::Relaxed) - most(shared.config.most),
        bytes: shared.kept_bytes.load(Ordering::Relaxed) - most(shared.config.bytes),
        before: now().saturating_sub(age),
    };
    match shared.database.write(move |db| remove(db, excess)).await {
        Ok((count, bytes)) => {
            shared.kept.fetch_sub(count, Ordering::Relaxed);
            shared.kept_bytes.fetch_sub(bytes, Ordering::Relaxed);
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
    // The newest stays, so that the numbers go on from there.
    let mut oldest = db.prepare_cached(
        "SELECT number, finished_at, bytes FROM executions \
         WHERE seq < (SELECT max(seq) FROM executions) ORDER BY seq LIMIT ?",
    )?;
    let rows = oldest.query_map([STEP], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
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
