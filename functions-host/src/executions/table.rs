//! The table of executions.

use std::time::Duration;

use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, Error, OptionalExtension as _, Result, Row, named_params, params};
use serde_json::value::RawValue;

use super::Begun;
use super::ended::{Ended, beginning};
use super::ending::{Completed, Ending, Failure};
use super::execution::{Execution, Identified, Status, Summary};
use super::id::ExecutionId;
use super::underway::Beginning;
use crate::tenant::TenantId;

/// How many completions are read at once, and at most how many bytes of theirs.
const COMPLETIONS: i64 = 64;
const COMPLETIONS_BYTES: usize = 1 << 20;

/// What is read of a summary, in the order that [`summary`] expects.
pub(super) const SUMMARY: &str = "id, request_id, tenant, wasm_module_id, asset_id, retry_of, status, \
     error, fault, attempts, created_at, started_at, finished_at, seq, duration_us, \
     cpu_time_us, memory_bytes, fuel, module_sha256";

/// The statement that puts one in, and what it does where that is there.
macro_rules! insert {
    ($otherwise:literal) => {
        concat!(
            "INSERT INTO executions (id, tenant, request_id, content, wasm_module_id, asset_id, \
             asset_uri, retry_of, status, attempts, created_at, started_at, event_timestamp) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
             ON CONFLICT (id) DO ",
            $otherwise
        )
    };
}

/// What is kept of those that have ended.
pub(super) struct Kept {
    pub(super) count: i64,
    pub(super) bytes: i64,
    pub(super) newest: i64,
}

pub(super) fn kept(db: &Connection) -> Result<Kept> {
    db.query_row(
        "SELECT count(*), coalesce(sum(bytes), 0), coalesce(max(seq), 0) \
         FROM executions WHERE seq IS NOT NULL",
        (),
        |row| {
            Ok(Kept {
                count: row.get(0)?,
                bytes: row.get(1)?,
                newest: row.get(2)?,
            })
        },
    )
}

/// The execution, and whether it was put in just now.
pub(super) fn accept(
    db: &Connection,
    new: Identified,
    now: i64,
) -> Result<Option<(Execution, bool)>> {
    match insert(db, &new, Status::Queued, 0, now, ACCEPT)? {
        true => Ok(Some((Execution::queued(new, now), true))),
        false => Ok(one(db, new.id)?.map(|execution| (execution, false))),
    }
}

/// Writes down that an attempt begins, and which it is; `None` where it has ended.
pub(super) fn begin(
    db: &Connection,
    new: &Identified,
    attempt: u32,
    now: i64,
) -> Result<Option<u32>> {
    if !insert(db, new, Status::Running, attempt, now, BEGIN)? {
        return Ok(None);
    }
    let mut attempts = db.prepare_cached("SELECT attempts FROM executions WHERE id = ?")?;
    attempts
        .query_row([new.id.as_bytes()], |row| row.get(0))
        .map(Some)
}

/// Writes down that an attempt has begun, which was counted already.
pub(super) fn has_begun(db: &Connection, begun: &Beginning) -> Result<()> {
    let Beginning {
        new, attempt, at, ..
    } = begun;
    insert(db, new, Status::Running, *attempt, *at, HAS_BEGUN).map(drop)
}

const ACCEPT: &str = insert!("NOTHING");

const HAS_BEGUN: &str = insert!(
    "UPDATE SET status = excluded.status, attempts = max(excluded.attempts, attempts), \
     started_at = excluded.started_at WHERE seq IS NULL"
);

const BEGIN: &str = insert!(
    "UPDATE SET status = excluded.status, \
     attempts = max(excluded.attempts, attempts + 1), \
     started_at = excluded.started_at WHERE seq IS NULL"
);

fn insert(
    db: &Connection,
    new: &Identified,
    status: Status,
    attempts: u32,
    now: i64,
    insert: &str,
) -> Result<bool> {
    let Identified { id, content, new } = new;
    // By number: to find a name takes as long as to find the row.
    let changed = db.prepare_cached(insert)?.execute(params![
        id.as_bytes(),
        new.tenant.as_str(),
        new.request_id,
        content,
        new.wasm_module_id,
        new.asset_id,
        new.asset_uri,
        new.retry_of.as_ref().map(ExecutionId::as_bytes),
        status.as_str(),
        attempts,
        now,
        (status == Status::Running).then_some(now),
        new.event_timestamp,
    ])?;
    Ok(changed > 0)
}

/// Whether an execution of a tenant has ended; `None` where there is none.
pub(super) fn has_ended(
    db: &Connection,
    id: ExecutionId,
    tenant: &TenantId,
) -> Result<Option<bool>> {
    let mut ended =
        db.prepare_cached("SELECT seq IS NOT NULL FROM executions WHERE id = ? AND tenant = ?")?;
    let ended = ended.query_row(params![id.as_bytes(), tenant.as_str()], |row| row.get(0));
    ended.optional()
}

/// The tenants who have executions that have not ended, and when the oldest of each was
/// accepted.
pub(super) fn oldest(db: &Connection) -> Result<Vec<(TenantId, i64)>> {
    let mut oldest = db.prepare(
        "SELECT tenant, min(created_at) FROM executions WHERE seq IS NULL GROUP BY tenant",
    )?;
    let rows = oldest.query_map((), |row| Ok((tenant(row, 0)?, row.get(1)?)))?;
    rows.collect()
}

pub(super) fn put_back(db: &Connection, id: ExecutionId, reason: &str) -> Result<()> {
    let mut update = db.prepare_cached(
        "UPDATE executions SET status = 'queued', error = ?2 WHERE id = ?1 AND seq IS NULL",
    )?;
    update.execute(params![id.as_bytes(), beginning(reason)])?;
    Ok(())
}

/// Writes an end down, unless there is one. How it ended, and how many bytes the history
/// has more; `None` where there is no such execution.
pub(super) fn finish(
    db: &Connection,
    id: ExecutionId,
    ending: Ending,
    now: i64,
) -> Result<Option<(Completed, Option<i64>)>> {
    let mut update = db.prepare_cached(
        "UPDATE executions SET status = ?2, finished_at = ?3, \
         seq = (SELECT coalesce(max(seq), 0) + 1 FROM executions), \
         bytes = octet_length(asset_uri) + ?4, fault = ?5, error = ?6, \
         duration_us = ?7, cpu_time_us = ?8, memory_bytes = ?9, fuel = ?10, \
         module_sha256 = ?11, results = ?12, stdout = ?13, stderr = ?14 \
         WHERE id = ?1 AND seq IS NULL \
         RETURNING seq, bytes, tenant, asset_id, wasm_module_id",
    )?;
    let ended = Ended::of(&ending);
    let values = params![
        id.as_bytes(),
        ended.status.as_str(),
        now,
        ended.bytes,
        ended.fault,
        ended.error,
        ended.duration,
        ended.cpu_time,
        ended.memory,
        ended.fuel,
        ending.module_sha256,
        ended.results,
        ended.stdout,
        ended.stderr,
    ];
    let written = update.query_row(values, |row| {
        let (seq, bytes): (_, i64) = (row.get(0)?, row.get(1)?);
        let of = (tenant(row, 2)?, row.get(3)?, row.get(4)?);
        Ok((seq, bytes, of))
    });
    match written.optional()? {
        Some((seq, bytes, of)) => {
            let completed = ending.completed(id, seq, of, now);
            Ok(Some((completed, Some(bytes))))
        }
        None => Ok(completed(db, id)?.map(|completed| (completed, None))),
    }
}

/// Tells of the ids of all that are there.
pub(super) fn ids(db: &Connection, mut tell: impl FnMut(ExecutionId)) -> Result<()> {
    let mut all = db.prepare("SELECT id FROM executions")?;
    let mut rows = all.query(())?;
    while let Some(row) = rows.next()? {
        tell(id(row, 0)?);
    }
    Ok(())
}

/// What is read of a whole execution after its summary, in the order that [`execution`]
/// expects.
pub(super) const REST: &str = "asset_uri, results, stdout, stderr, content, event_timestamp";

pub(super) fn one(db: &Connection, id: ExecutionId) -> Result<Option<Execution>> {
    let mut one = db.prepare_cached(&format!(
        "SELECT {SUMMARY}, {REST} FROM executions WHERE id = ?"
    ))?;
    one.query_row([id.as_bytes()], execution).optional()
}

/// From the columns of [`SUMMARY`] and then of [`REST`].
pub(super) fn execution(row: &Row<'_>) -> Result<Execution> {
    let results: Option<String> = row.get(20)?;
    let results = results.map(RawValue::from_string).transpose();
    Ok(Execution {
        summary: summary(row)?,
        results: results.map_err(|error| strange(20, error))?,
        stdout: row.get(21)?,
        stderr: row.get(22)?,
        content: row.get(23)?,
        event_timestamp: row.get(24)?,
    })
}

/// Writes down that all who want to know were told how it ended.
pub(super) fn tell(db: &Connection, id: ExecutionId) -> Result<()> {
    let mut update = db.prepare_cached("UPDATE executions SET told = 1 WHERE id = ?")?;
    update.execute([id.as_bytes()])?;
    Ok(())
}

/// Whether that was written down.
pub(super) fn is_told(db: &Connection, id: ExecutionId) -> Result<bool> {
    let mut told = db.prepare_cached("SELECT told FROM executions WHERE id = ?")?;
    let told = told
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(told.unwrap_or_default())
}

/// Whether an attempt may begin, and which it is: the one of this number, or the one after
/// those that stand here.
pub(super) fn begun(db: &Connection, id: ExecutionId, attempt: u32) -> Result<Begun> {
    let mut one = db.prepare_cached(
        "SELECT id, seq, tenant, asset_id, wasm_module_id, results, fault, error, finished_at, \
         attempts FROM executions WHERE id = ?",
    )?;
    let begun = one.query_row([id.as_bytes()], |row| {
        if row.get::<_, Option<i64>>(1)?.is_some() {
            return Ok(Begun::Ended(completion(row)?.0));
        }
        Ok(Begun::Runs(
            attempt.max(row.get::<_, u32>(9)?.saturating_add(1)),
        ))
    });
    Ok(begun.optional()?.unwrap_or(Begun::Runs(attempt)))
}

/// How an execution ended, if it has.
pub(super) fn completed(db: &Connection, id: ExecutionId) -> Result<Option<Completed>> {
    let mut one = db.prepare_cached(
        "SELECT id, seq, tenant, asset_id, wasm_module_id, results, fault, error, finished_at \
         FROM executions WHERE id = ? AND seq IS NOT NULL",
    )?;
    one.query_row([id.as_bytes()], |row| Ok(completion(row)?.0))
        .optional()
}

/// Some of those that ended after one and until another, in that order.
pub(super) fn completions(
    db: &Connection,
    after: i64,
    until: i64,
    tenant: Option<&TenantId>,
) -> Result<Vec<Completed>> {
    let mut some = db.prepare_cached(
        "SELECT id, seq, tenant, asset_id, wasm_module_id, results, fault, error, finished_at \
         FROM executions WHERE seq > :after AND seq <= :until \
         AND (:tenant IS NULL OR tenant = :tenant) ORDER BY seq LIMIT :limit",
    )?;
    let mut rows = some.query(named_params! {
        ":after": after,
        ":until": until,
        ":tenant": tenant.map(TenantId::as_str),
        ":limit": COMPLETIONS,
    })?;
    let (mut all, mut bytes) = (Vec::new(), 0_usize);
    while bytes < COMPLETIONS_BYTES
        && let Some(row) = rows.next()?
    {
        let (completed, length) = completion(row)?;
        bytes = bytes.saturating_add(length);
        all.push(completed);
    }
    Ok(all)
}

/// With how many bytes it came out.
fn completion(row: &Row<'_>) -> Result<(Completed, usize)> {
    let results: Option<String> = row.get(5)?;
    let bytes = results.as_ref().map_or(0, String::len);
    let outcome = match results {
        Some(results) => Ok(serde_json::from_str(&results).map_err(|error| strange(5, error))?),
        None => Err(Failure {
            fault: row.get::<_, Option<String>>(6)?.unwrap_or_default().into(),
            error: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
        }),
    };
    let completed = Completed {
        id: id(row, 0)?,
        seq: row.get(1)?,
        tenant: tenant(row, 2)?,
        asset_id: row.get(3)?,
        wasm_module_id: row.get(4)?,
        outcome,
        finished_at: row.get(8)?,
    };
    Ok((completed, bytes))
}

/// From the columns of [`SUMMARY`] and then the URI.
pub(super) fn summary(row: &Row<'_>) -> Result<Summary> {
    let time = |column| -> Result<_> {
        Ok(row
            .get::<_, Option<u64>>(column)?
            .map(Duration::from_micros))
    };
    let status = row.get_ref(6)?.as_str()?;
    let status = Status::ALL
        .into_iter()
        .find(|known| known.as_str() == status);
    let retry_of: Option<[u8; 16]> = row.get(5)?;
    Ok(Summary {
        id: id(row, 0)?,
        request_id: row.get(1)?,
        tenant_id: tenant(row, 2)?,
        wasm_module_id: row.get(3)?,
        asset_id: row.get(4)?,
        retry_of: retry_of.map(ExecutionId::from_bytes),
        status: status.ok_or_else(|| strange(6, FromSqlError::InvalidType))?,
        error: row.get(7)?,
        fault: row.get(8)?,
        attempts: row.get(9)?,
        created_at: row.get(10)?,
        started_at: row.get(11)?,
        finished_at: row.get(12)?,
        seq: row.get(13)?,
        duration: time(14)?,
        cpu_time: time(15)?,
        memory_bytes: row.get(16)?,
        fuel: row.get(17)?,
        module_sha256: row.get(18)?,
        asset_uri: row.get(19)?,
    })
}

fn id(row: &Row<'_>, column: usize) -> Result<ExecutionId> {
    Ok(ExecutionId::from_bytes(row.get(column)?))
}

fn tenant(row: &Row<'_>, column: usize) -> Result<TenantId> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse()
        .map_err(|error: crate::tenant::InvalidTenant| strange(column, error))
}

/// The database holds what it cannot hold.
fn strange(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}
