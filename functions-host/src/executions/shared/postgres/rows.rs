//! From rows to executions.

use std::time::Duration;

use serde_json::value::RawValue;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::executions::shared::SharedError;
use crate::executions::{Execution, ExecutionId, Status, Summary};

/// The columns of a summary, but for the URI.
macro_rules! columns {
    () => {
        "id::text, tenant, request_id, wasm_module_id, asset_id, retry_of::text, status, \
         attempts, created_at, started_at, finished_at, fault, duration_us, cpu_time_us, \
         memory_bytes, fuel, module_sha256, error"
    };
}
pub(super) use columns;

/// Takes an id.
pub(super) const ONE: &str = concat!(
    "SELECT ",
    columns!(),
    ", asset_uri, results, stdout, stderr, content, event_timestamp \
     FROM executions WHERE id = $1::text::uuid"
);

pub(super) fn execution(row: &PgRow) -> Result<Execution, SharedError> {
    let results: Option<String> = row.try_get("results")?;
    let results = results.map(RawValue::from_string).transpose();
    let content: Vec<u8> = row.try_get("content")?;
    Ok(Execution {
        summary: summary(row)?,
        results: results.map_err(|error| strange("results", error))?,
        stdout: text(row, "stdout")?,
        stderr: text(row, "stderr")?,
        content: { content }
            .try_into()
            .map_err(|_| strange("content", "it has not 32 bytes"))?,
        event_timestamp: row.try_get("event_timestamp")?,
    })
}

pub(super) fn summary(row: &PgRow) -> Result<Summary, SharedError> {
    let time =
        |column| -> Result<_, SharedError> { Ok(number(row, column)?.map(Duration::from_micros)) };
    let id = |column, text: &str| -> Result<ExecutionId, SharedError> {
        text.parse().map_err(|error| strange(column, error))
    };
    let tenant: &str = row.try_get("tenant")?;
    let retry_of: Option<&str> = row.try_get("retry_of")?;
    let status: &str = row.try_get("status")?;
    let known = Status::ALL
        .into_iter()
        .find(|known| known.as_str() == status);
    let needed = |column| -> Result<String, SharedError> {
        text(row, column)?.ok_or_else(|| strange(column, "it is not there"))
    };
    Ok(Summary {
        id: id("id", row.try_get("id")?)?,
        request_id: row.try_get("request_id")?,
        tenant_id: tenant.parse().map_err(|error| strange("tenant", error))?,
        wasm_module_id: needed("wasm_module_id")?,
        asset_id: needed("asset_id")?,
        asset_uri: text(row, "asset_uri")?,
        retry_of: retry_of.map(|text| id("retry_of", text)).transpose()?,
        status: known.ok_or_else(|| strange("status", "there is no such status"))?,
        error: text(row, "error")?,
        fault: text(row, "fault")?,
        attempts: u32::try_from(row.try_get::<i64, _>("attempts")?)
            .map_err(|error| strange("attempts", error))?,
        created_at: row.try_get("created_at")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        // Each host numbers its own.
        seq: None,
        duration: time("duration_us")?,
        cpu_time: time("cpu_time_us")?,
        memory_bytes: number(row, "memory_bytes")?,
        fuel: number(row, "fuel")?,
        module_sha256: row.try_get("module_sha256")?,
    })
}

fn number(row: &PgRow, column: &'static str) -> Result<Option<u64>, SharedError> {
    let number: Option<i64> = row.try_get(column)?;
    let number = number.map(u64::try_from).transpose();
    number.map_err(|error| strange(column, error))
}

/// Of a column of bytes, which were a text.
fn text(row: &PgRow, column: &'static str) -> Result<Option<String>, SharedError> {
    let bytes: Option<Vec<u8>> = row.try_get(column)?;
    let text = bytes.map(String::from_utf8).transpose();
    text.map_err(|error| strange(column, error.utf8_error()))
}

fn strange(column: &'static str, why: impl std::fmt::Display) -> SharedError {
    SharedError::Strange(format!("{column} of an execution: {why}"))
}
