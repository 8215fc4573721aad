//! Ends, as they are written.

use std::time::Duration;

use super::ending::{Completed, Ending};
use super::execution::Status;
use super::id::ExecutionId;
use crate::tenant::TenantId;

/// The longest error that is kept, in bytes.
const ERROR: usize = 16 << 10;

/// An end, as it is written.
pub(super) struct Ended<'a> {
    pub(super) status: Status,
    pub(super) results: Option<String>,
    pub(super) stdout: Option<&'a str>,
    pub(super) stderr: Option<&'a str>,
    pub(super) fault: Option<&'a str>,
    pub(super) error: Option<&'a str>,
    /// Of all of these.
    pub(super) bytes: i64,
    /// In microseconds.
    pub(super) duration: Option<i64>,
    pub(super) cpu_time: Option<i64>,
    pub(super) memory: Option<u64>,
    pub(super) fuel: Option<u64>,
}

impl<'a> Ended<'a> {
    pub(super) fn of(ending: &'a Ending) -> Self {
        let (status, results, failure) = match &ending.outcome {
            Ok(results) => {
                // Texts: there is nothing in it that cannot be written.
                let results = serde_json::to_string(results).unwrap_or_default();
                (Status::Succeeded, Some(results), None)
            }
            Err(failure) => (Status::Failed, None, Some(failure)),
        };
        let text = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        let (stdout, stderr) = (text(&ending.stdout), text(&ending.stderr));
        let error = failure.map(|failure| beginning(&failure.error));
        let lengths = [results.as_deref(), stdout, stderr, error];
        let lengths = lengths.into_iter().flatten().map(str::len);
        let bytes = lengths.fold(0, usize::saturating_add);
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        let took = ending.took.as_ref();
        Self {
            status,
            results,
            stdout,
            stderr,
            fault: failure.map(|failure| &*failure.fault),
            error,
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
            duration: took.map(|took| micros(took.duration)),
            cpu_time: took.map(|took| micros(took.cpu_time)),
            memory: took.map(|took| took.memory),
            fuel: took.and_then(|took| took.fuel),
        }
    }
}

impl Ending {
    /// The end of an execution of a tenant, an asset and a module.
    pub(super) fn completed(
        self,
        id: ExecutionId,
        seq: i64,
        (tenant, asset_id, wasm_module_id): (TenantId, String, String),
        now: i64,
    ) -> Completed {
        let outcome = self.outcome.map_err(|mut failure| {
            failure.error.truncate(beginning(&failure.error).len());
            failure
        });
        Completed {
            id,
            seq,
            tenant,
            asset_id,
            wasm_module_id,
            outcome,
            finished_at: now,
        }
    }
}

/// As much of a text as is kept.
pub(super) fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(ERROR)).unwrap_or(text)
}
