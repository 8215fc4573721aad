//! Executions that ended a moment ago, before they come to their place.
//!
//! To put one among all others touches an index in a place of its own, and a page of it has
//! to be written for a few bytes. So those whose beginning was not written yet are put down one
//! behind the other first, and many come to their place at once, when their pages are shared.

use std::collections::HashSet;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Result, params, params_from_iter};

use super::ExecutionId;
use super::ended::Ended;
use super::ending::{Completed, Ending};
use super::execution::Identified;
use super::table;
use super::underway::Beginning;

/// How many of the columns that are the same in both tables there are.
const COLUMNS: usize = 25;

/// Writes down an execution that nobody else knows of, with its end. How it ended, and how
/// many bytes the history has more.
pub(super) fn put(
    db: &Connection,
    begun: Beginning,
    ending: Ending,
    now: i64,
) -> Result<(Completed, i64)> {
    let mut insert = db.prepare_cached(
        "INSERT INTO staged (id, tenant, request_id, content, wasm_module_id, asset_id, \
         retry_of, status, attempts, started_at, finished_at, bytes, fault, duration_us, \
         cpu_time_us, memory_bytes, fuel, module_sha256, event_timestamp, error, asset_uri, \
         results, stdout, stderr, seq) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, \
         ?18, ?19, ?20, ?21, ?22, ?23, ?24, \
         1 + coalesce((SELECT max(seq) FROM staged), (SELECT max(seq) FROM executions), 0)) \
         RETURNING seq",
    )?;
    let Identified { id, content, new } = begun.new;
    let ended = Ended::of(&ending);
    let uri = i64::try_from(new.asset_uri.len()).unwrap_or(i64::MAX);
    let bytes = uri.saturating_add(ended.bytes);
    let values = params![
        id.as_bytes(),
        new.tenant.as_str(),
        new.request_id,
        content,
        new.wasm_module_id,
        new.asset_id,
        new.retry_of.as_ref().map(ExecutionId::as_bytes),
        ended.status.as_str(),
        begun.attempt,
        begun.at,
        now,
        bytes,
        ended.fault,
        ended.duration,
        ended.cpu_time,
        ended.memory,
        ended.fuel,
        ending.module_sha256,
        new.event_timestamp,
        ended.error,
        new.asset_uri,
        ended.results,
        ended.stdout,
        ended.stderr,
    ];
    let seq = insert.query_row(values, |row| row.get(0))?;
    let of = (new.tenant, new.asset_id, new.wasm_module_id);
    Ok((ending.completed(id, seq, of, now), bytes))
}

/// Brings all to their place, and writes down of whom it is known that they were told. Where
/// it was done in part before, the rest is done.
pub(super) fn settle(db: &Connection, told: Vec<ExecutionId>) -> Result<()> {
    let mut is_any = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM staged)")?;
    if !is_any.query_row((), |row| row.get(0))? {
        return told.into_iter().try_for_each(|id| table::tell(db, id));
    }
    let mut told: HashSet<_> = told.into_iter().collect();
    let mut all = db.prepare_cached(
        "SELECT seq, id, tenant, request_id, content, wasm_module_id, asset_id, retry_of, \
         status, attempts, started_at, finished_at, bytes, fault, duration_us, cpu_time_us, \
         memory_bytes, fuel, module_sha256, event_timestamp, error, asset_uri, results, \
         stdout, stderr FROM staged ORDER BY seq",
    )?;
    // It may stand there as one that has begun.
    let mut insert = db.prepare_cached(
        "INSERT INTO executions (seq, id, tenant, request_id, content, wasm_module_id, \
         asset_id, retry_of, status, attempts, started_at, finished_at, bytes, fault, \
         duration_us, cpu_time_us, memory_bytes, fuel, module_sha256, event_timestamp, error, \
         asset_uri, results, stdout, stderr, told, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, \
         ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?11) \
         ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, status = excluded.status, \
         attempts = max(excluded.attempts, attempts), started_at = excluded.started_at, \
         finished_at = excluded.finished_at, bytes = excluded.bytes, fault = excluded.fault, \
         duration_us = excluded.duration_us, cpu_time_us = excluded.cpu_time_us, \
         memory_bytes = excluded.memory_bytes, fuel = excluded.fuel, \
         module_sha256 = excluded.module_sha256, error = excluded.error, \
         results = excluded.results, stdout = excluded.stdout, stderr = excluded.stderr, \
         told = excluded.told WHERE executions.seq IS NULL",
    )?;
    let mut rows = all.query(())?;
    while let Some(row) = rows.next()? {
        let is_told = told.remove(&ExecutionId::from_bytes(row.get(1)?));
        let columns = (0..COLUMNS).map(|column| row.get_ref(column).map(ToSqlOutput::Borrowed));
        let mut columns = columns.collect::<Result<Vec<_>>>()?;
        columns.push(is_told.into());
        insert.execute(params_from_iter(columns))?;
    }
    db.prepare_cached("DELETE FROM staged")?.execute(())?;
    told.into_iter().try_for_each(|id| table::tell(db, id))
}
