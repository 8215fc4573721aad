//! Executions on their way into the database.

use std::time::Duration;

use crate::executions::shared::SharedError;
use crate::executions::{Execution, ExecutionId};
use crate::postgres::{Line, within};

/// An end wins over what is none, and of what is none that with more attempts; of two ends the
/// first stays. But one that a host has only heard of knows nothing of what the execution
/// took, and gives way to the same end with that.
const COPY: &str = "\
    INSERT INTO executions AS old (id, tenant, request_id, content, wasm_module_id, asset_id, \
        retry_of, status, attempts, created_at, started_at, finished_at, bytes, fault, \
        duration_us, cpu_time_us, memory_bytes, fuel, module_sha256, event_timestamp, error, \
        asset_uri, results, stdout, stderr) \
    SELECT * FROM unnest($1::text[]::uuid[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], \
        $6::bytea[], $7::text[]::uuid[], $8::text[], $9::bigint[], $10::bigint[], \
        $11::bigint[], $12::bigint[], $13::bigint[], $14::bytea[], $15::bigint[], \
        $16::bigint[], $17::bigint[], $18::bigint[], $19::text[], $20::bigint[], $21::bytea[], \
        $22::bytea[], $23::text[], $24::bytea[], $25::bytea[]) \
    ON CONFLICT (id) DO UPDATE SET \
        content = excluded.content, wasm_module_id = excluded.wasm_module_id, \
        asset_id = excluded.asset_id, retry_of = excluded.retry_of, status = excluded.status, \
        attempts = greatest(old.attempts, excluded.attempts), \
        created_at = least(old.created_at, excluded.created_at), \
        started_at = coalesce(excluded.started_at, old.started_at), \
        finished_at = excluded.finished_at, bytes = excluded.bytes, fault = excluded.fault, \
        duration_us = excluded.duration_us, cpu_time_us = excluded.cpu_time_us, \
        memory_bytes = excluded.memory_bytes, fuel = excluded.fuel, \
        module_sha256 = excluded.module_sha256, event_timestamp = excluded.event_timestamp, \
        error = excluded.error, \
        asset_uri = CASE WHEN old.content = excluded.content THEN old.asset_uri \
            ELSE excluded.asset_uri END, \
        results = excluded.results, stdout = excluded.stdout, stderr = excluded.stderr \
    WHERE CASE WHEN old.finished_at IS NULL \
        THEN excluded.finished_at IS NOT NULL OR excluded.attempts >= old.attempts \
        ELSE old.duration_us IS NULL AND excluded.duration_us IS NOT NULL \
            AND old.status = excluded.status \
            AND old.results IS NOT DISTINCT FROM excluded.results END";

pub(super) async fn copy(mut line: Line, executions: &[Execution]) -> Result<(), SharedError> {
    // Hosts that copy the same at once do so in the same order, so that none waits for another
    // that waits for it.
    let mut all: Vec<_> = executions.iter().collect();
    all.sort_unstable_by_key(|execution| execution.summary.id);
    let until = line.until();
    let copy = insert(&all);
    within(until, copy.execute(line.connection()?)).await?;
    line.end().await?;
    Ok(())
}

fn insert<'a>(
    all: &[&'a Execution],
) -> sqlx::query::Query<'a, sqlx::Postgres, sqlx::postgres::PgArguments> {
    let each = || all.iter().map(|execution| &execution.summary);
    sqlx::query(COPY)
        .bind(list(each(), |one| one.id.to_string()))
        .bind(list(each(), |one| one.tenant_id.as_str()))
        .bind(list(each(), |one| one.request_id.as_str()))
        .bind(list(all.iter(), |one| &one.content[..]))
        .bind(list(each(), |one| one.wasm_module_id.as_bytes()))
        .bind(list(each(), |one| one.asset_id.as_bytes()))
        .bind(list(each(), |one| {
            one.retry_of.as_ref().map(ExecutionId::to_string)
        }))
        .bind(list(each(), |one| one.status.as_str()))
        .bind(list(each(), |one| i64::from(one.attempts)))
        .bind(list(each(), |one| one.created_at))
        .bind(list(each(), |one| one.started_at))
        .bind(list(each(), |one| one.finished_at))
        .bind(list(all.iter(), |one| size(one)))
        .bind(list(each(), |one| bytes(one.fault.as_ref())))
        .bind(list(each(), |one| micros(one.duration)))
        .bind(list(each(), |one| micros(one.cpu_time)))
        .bind(list(each(), |one| number(one.memory_bytes)))
        .bind(list(each(), |one| number(one.fuel)))
        .bind(list(each(), |one| one.module_sha256.as_deref()))
        .bind(list(all.iter(), |one| one.event_timestamp))
        .bind(list(each(), |one| bytes(one.error.as_ref())))
        .bind(list(each(), |one| {
            one.asset_uri.as_deref().unwrap_or_default().as_bytes()
        }))
        .bind(list(all.iter(), |one| {
            one.results.as_ref().map(|results| results.get())
        }))
        .bind(list(all.iter(), |one| bytes(one.stdout.as_ref())))
        .bind(list(all.iter(), |one| bytes(one.stderr.as_ref())))
}

/// A value of each.
fn list<T, U>(all: impl Iterator<Item = T>, value: impl Fn(T) -> U) -> Vec<U> {
    all.map(value).collect()
}

fn bytes(text: Option<&String>) -> Option<&[u8]> {
    text.map(String::as_bytes)
}

fn micros(time: Option<Duration>) -> Option<i64> {
    time.map(|time| i64::try_from(time.as_micros()).unwrap_or(i64::MAX))
}

fn number(number: Option<u64>) -> Option<i64> {
    number.map(|number| i64::try_from(number).unwrap_or(i64::MAX))
}

/// How many bytes it has that may be many.
fn size(execution: &Execution) -> i64 {
    let summary = &execution.summary;
    let long = [
        summary.asset_uri.as_ref().map(String::len),
        summary.error.as_ref().map(String::len),
        execution
            .results
            .as_ref()
            .map(|results| results.get().len()),
        execution.stdout.as_ref().map(String::len),
        execution.stderr.as_ref().map(String::len),
    ];
    let sum = long.into_iter().flatten().fold(0, usize::saturating_add);
    i64::try_from(sum).unwrap_or(i64::MAX)
}
