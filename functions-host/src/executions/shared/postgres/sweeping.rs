//! Takes away what the history of all hosts need not keep, the oldest first, a little at a
//! time and at one host at a time.
//!
//! Whoever has the lock looks whether another had it a moment ago: so what is kept is added up
//! once a minute, however many hosts there are.

use std::time::Duration;

use tokio::time::Instant;

use crate::executions::shared::SharedError;
use crate::executions::{ExecutionsConfig, now};
use crate::postgres::{Line, within};

/// How many are taken away at once.
const STEP: i64 = 1000;

/// How long steps are taken in one go: what is not kept by the end of a piece of work was
/// done for nothing.
const LONG: Duration = Duration::from_secs(2);

/// The key of the lock: "history".
pub(super) const LOCK: i64 = 0x0068_6973_746f_7279;

/// A transaction at a time, and the lock ends with it, however that ends.
const HOLD: &str = "SELECT pg_try_advisory_xact_lock($1)";

/// Whether it is time, of which note is taken.
const TIME: &str = "UPDATE executions_history SET swept_at = now() \
     WHERE swept_at IS NULL OR swept_at < now() - interval '50 seconds' OR swept_at > now()";

/// Has it be time for the next who comes.
const AGAIN: &str = "UPDATE executions_history SET swept_at = NULL";

const KEPT: &str = "SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM executions \
     WHERE finished_at IS NOT NULL";

/// Takes how many are too much, how many bytes are, and when what is too old has ended.
const REMOVE: &str = "\
    WITH oldest AS ( \
        SELECT id, finished_at, row_number() OVER w AS number, \
            sum(bytes) OVER w - bytes AS before \
        FROM (SELECT id, finished_at, bytes FROM executions WHERE finished_at IS NOT NULL \
            ORDER BY finished_at, id LIMIT $4) AS eldest \
        WINDOW w AS (ORDER BY finished_at, id ROWS UNBOUNDED PRECEDING) \
    ), gone AS ( \
        DELETE FROM executions USING oldest WHERE executions.id = oldest.id \
            AND (oldest.number <= $1 OR oldest.before < $2 OR oldest.finished_at < $3) \
        RETURNING executions.bytes \
    ) SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM gone";

/// Those that never ended: the host that had them is gone for good.
const FORSAKEN: &str = "DELETE FROM executions WHERE id IN ( \
    SELECT id FROM executions WHERE status <> 'succeeded' AND finished_at IS NULL \
        AND created_at < $1 ORDER BY created_at LIMIT $2)";

/// Whether there is more to do at once.
pub(super) async fn sweep(mut line: Line, bounds: &ExecutionsConfig) -> Result<bool, SharedError> {
    let (until, enough) = (line.until(), Instant::now() + LONG);
    let most = |most: u64| i64::try_from(most).unwrap_or(i64::MAX);
    let age = i64::try_from(bounds.age.as_micros()).unwrap_or(i64::MAX);
    let before = now().saturating_sub(age);
    line.begin("BEGIN").await?;
    let held = sqlx::query_scalar::<_, bool>(HOLD).bind(LOCK);
    let is_held = within(until, held.fetch_one(line.connection()?)).await?;
    let is_time = is_held && {
        let noted = sqlx::query(TIME).execute(line.connection()?);
        within(until, noted).await?.rows_affected() > 0
    };
    if !is_time {
        line.end().await?;
        return Ok(false);
    }
    let forsaken = sqlx::query(FORSAKEN).bind(before).bind(STEP);
    let forsaken = within(until, forsaken.execute(line.connection()?)).await?;
    let mut more = i64::try_from(forsaken.rows_affected()) == Ok(STEP);
    let kept = sqlx::query_as::<_, (i64, i64)>(KEPT);
    let (count, bytes) = within(until, kept.fetch_one(line.connection()?)).await?;
    let mut excess = (
        count.saturating_sub(most(bounds.most)),
        bytes.saturating_sub(most(bounds.bytes)),
    );
    loop {
        let remove = sqlx::query_as::<_, (i64, i64)>(REMOVE);
        let remove = remove.bind(excess.0).bind(excess.1).bind(before).bind(STEP);
        let (count, bytes) = within(until, remove.fetch_one(line.connection()?)).await?;
        if count < STEP {
            break;
        }
        if Instant::now() > enough {
            more = true;
            break;
        }
        excess = (
            excess.0.saturating_sub(count),
            excess.1.saturating_sub(bytes),
        );
    }
    if more {
        let again = sqlx::query(AGAIN).execute(line.connection()?);
        within(until, again).await?;
    }
    line.keep().await?;
    Ok(more)
}
