//! The table of requests that were given up.

use rusqlite::{Connection, OptionalExtension as _, Result, Row, named_params, params};

use super::queue;
use crate::bus::{DeadLetter, DeadLetterId, DeadLetters, DeadListing};
use crate::tenant::TenantId;

/// Copies a request here from the queue.
pub(super) fn bury(db: &Connection, seq: i64, reason: &str, now: i64) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO dead_letters (tenant, request_id, attempts, died_at, event_timestamp, \
         repeats, reason, asset_id, wasm_module_id, asset_uri) \
         SELECT tenant, request_id, attempts, ?3, event_timestamp, repeats, ?2, asset_id, \
         wasm_module_id, asset_uri FROM queue WHERE seq = ?1",
    )?;
    insert.execute(params![seq, reason, now])?;
    Ok(())
}

/// Keeps the newest of them, so many.
pub(super) fn keep(db: &Connection, most: u64) -> Result<()> {
    let mut delete = db.prepare_cached(
        "DELETE FROM dead_letters WHERE id <= \
         (SELECT id FROM dead_letters ORDER BY id DESC LIMIT 1 OFFSET ?)",
    )?;
    let gone = delete.execute([i64::try_from(most).unwrap_or(i64::MAX)])?;
    if gone > 0 {
        tracing::warn!(
            gone,
            most,
            "There are too many dead letters: the oldest are discarded"
        );
    }
    Ok(())
}

pub(super) fn list(db: &Connection, wanted: &DeadListing) -> Result<DeadLetters> {
    let tenant = wanted.tenant.as_ref().map(TenantId::as_str);
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    // Both of one moment.
    let read = db.unchecked_transaction()?;
    let mut letters = read.prepare_cached(
        "SELECT tenant, request_id, asset_id, substr(asset_uri, 1, :uri), wasm_module_id, \
         event_timestamp, repeats, id, reason, attempts, died_at FROM dead_letters \
         WHERE :tenant IS NULL OR tenant = :tenant ORDER BY id DESC LIMIT :limit OFFSET :skip",
    )?;
    let letters = letters.query_map(
        named_params! {
            ":uri": DeadLetters::URI,
            ":tenant": tenant,
            ":limit": number(wanted.limit),
            ":skip": number(wanted.skip),
        },
        letter,
    )?;
    let letters = letters.collect::<Result<_>>()?;
    let mut total =
        read.prepare_cached("SELECT count(*) FROM dead_letters WHERE ?1 IS NULL OR tenant = ?1")?;
    let total = total.query_row([tenant], |row| row.get(0))?;
    Ok(DeadLetters { letters, total })
}

pub(super) fn one(db: &Connection, id: i64) -> Result<Option<DeadLetter>> {
    let mut one = db.prepare_cached(
        "SELECT tenant, request_id, asset_id, asset_uri, wasm_module_id, event_timestamp, \
         repeats, id, reason, attempts, died_at FROM dead_letters WHERE id = ?",
    )?;
    one.query_row([id], letter).optional()
}

/// Takes one away; `false` where it is not there.
pub(super) fn remove(db: &Connection, id: i64) -> Result<bool> {
    let mut delete = db.prepare_cached("DELETE FROM dead_letters WHERE id = ?")?;
    Ok(delete.execute([id])? > 0)
}

/// How many there are of whom.
pub(super) fn count(db: &Connection) -> Result<Vec<(TenantId, u64)>> {
    let mut count =
        db.prepare_cached("SELECT tenant, count(*) FROM dead_letters GROUP BY tenant")?;
    let count = count.query_map((), |row| Ok((queue::tenant(row, 0)?, row.get(1)?)))?;
    count.collect()
}

fn letter(row: &Row<'_>) -> Result<DeadLetter> {
    let id: i64 = row.get(7)?;
    Ok(DeadLetter {
        id: DeadLetterId::from(&*id.to_string()),
        request: queue::request(row)?,
        reason: row.get(8)?,
        attempts: row.get(9)?,
        died_at: row.get(10)?,
    })
}
