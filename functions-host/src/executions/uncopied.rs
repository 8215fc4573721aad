//! What a history that hosts share has not got yet of what stands in this file.
//!
//! Nothing is marked where it is written: ends have numbers in their order, and so have the
//! executions themselves. So all that is remembered are two numbers for each history.

use rusqlite::{Connection, OptionalExtension as _, Result, named_params, params};

use super::Execution;
use super::id::ExecutionId;
use super::table::{self, REST, SUMMARY};

/// How many are read at once, and at most how many bytes of theirs, but for the last.
pub(super) const MANY: usize = 256;
const BYTES: usize = 1 << 20;

/// How far a history is: the numbers up to which it has all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Copied {
    /// Of those that ended, in the order of their ends.
    pub(super) ended: i64,
    /// Of those that were accepted.
    pub(super) accepted: i64,
}

/// How far this history is.
pub(super) fn copied(db: &Connection, history: &str) -> Result<Copied> {
    let mut copied = db.prepare_cached("SELECT ended, accepted FROM copied WHERE history = ?")?;
    let copied = copied.query_row([history], |row| {
        Ok(Copied {
            ended: row.get(0)?,
            accepted: row.get(1)?,
        })
    });
    Ok(copied.optional()?.unwrap_or_default())
}

/// Writes down how far it is.
pub(super) fn note(db: &Connection, history: &str, copied: Copied) -> Result<()> {
    let mut note = db.prepare_cached(
        "INSERT INTO copied (history, ended, accepted) VALUES (?1, ?2, ?3) \
         ON CONFLICT (history) DO UPDATE SET ended = ?2, accepted = ?3",
    )?;
    note.execute(params![history, copied.ended, copied.accepted])?;
    Ok(())
}

/// Some executions that are to be copied.
pub(super) struct Batch {
    pub(super) executions: Vec<Execution>,
    /// How far they lead.
    pub(super) until: i64,
    /// Whether there may be more.
    pub(super) is_full: bool,
}

/// Some that ended after the one of this number, in that order.
pub(super) fn ended(db: &Connection, after: i64) -> Result<Batch> {
    let mut some = db.prepare_cached(&format!(
        "SELECT {SUMMARY}, {REST} FROM executions WHERE seq > ? ORDER BY seq LIMIT {MANY}"
    ))?;
    let mut rows = some.query([after])?;
    let (mut executions, mut bytes, mut until) = (Vec::new(), 0_usize, after);
    while bytes < BYTES
        && let Some(row) = rows.next()?
    {
        let execution = table::execution(row)?;
        bytes = bytes.saturating_add(size(&execution));
        until = execution.summary.seq.unwrap_or(until);
        executions.push(execution);
    }
    Ok(Batch {
        is_full: executions.len() >= MANY || bytes >= BYTES,
        executions,
        until,
    })
}

/// Some that came after the one of this number and have not ended: most are told of by their
/// ends alone.
pub(super) fn accepted(db: &Connection, after: i64) -> Result<Batch> {
    // Of one moment: whatever comes later has a greater number.
    let read = db.unchecked_transaction()?;
    let newest: Option<i64> =
        read.query_row("SELECT max(number) FROM executions", (), |row| row.get(0))?;
    let newest = newest.unwrap_or(0).max(after);
    let mut some = read.prepare_cached(&format!(
        "SELECT {SUMMARY}, {REST}, number FROM executions \
         WHERE number > :after AND number <= :newest AND seq IS NULL \
         ORDER BY number LIMIT {MANY}"
    ))?;
    let mut rows = some.query(named_params! {":after": after, ":newest": newest})?;
    let (mut executions, mut bytes, mut until) = (Vec::new(), 0_usize, after);
    while bytes < BYTES
        && let Some(row) = rows.next()?
    {
        let execution = table::execution(row)?;
        bytes = bytes.saturating_add(size(&execution));
        until = row.get("number")?;
        executions.push(execution);
    }
    let is_full = executions.len() >= MANY || bytes >= BYTES;
    Ok(Batch {
        executions,
        until: if is_full { until } else { newest },
        is_full,
    })
}

/// Those of these that have not ended.
pub(super) fn unended(db: &Connection, ids: &[ExecutionId]) -> Result<Vec<Execution>> {
    let (mut all, mut bytes) = (Vec::new(), 0_usize);
    for id in ids {
        let one = table::one(db, *id)?;
        let one = one.filter(|execution| !execution.summary.status.is_end());
        // Of those beyond the bytes of a batch it is enough that their ends are copied.
        if let Some(execution) = one.filter(|_| bytes < BYTES) {
            bytes = bytes.saturating_add(size(&execution));
            all.push(execution);
        }
    }
    Ok(all)
}

fn size(execution: &Execution) -> usize {
    let uri = execution.summary.asset_uri.as_ref();
    let results = execution.results.as_ref();
    [
        uri.map(String::len),
        results.map(|results| results.get().len()),
        execution.stdout.as_ref().map(String::len),
        execution.stderr.as_ref().map(String::len),
    ]
    .into_iter()
    .flatten()
    .fold(0, usize::saturating_add)
}
