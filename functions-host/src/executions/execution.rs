//! What is known of an execution.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use sha2::Digest as _;
use std::time::{Duration, UNIX_EPOCH};

use super::ExecutionId;
use crate::tenant::TenantId;

/// Something that is to be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewExecution {
    /// For whom.
    pub tenant: TenantId,
    /// What its request is known by.
    pub request_id: String,
    /// What the tenant calls the asset.
    pub asset_id: String,
    /// Where the asset is.
    pub asset_uri: String,
    /// The module to run.
    pub wasm_module_id: String,
    /// When it was asked for, in milliseconds since 1970.
    pub event_timestamp: i64,
    /// The execution that it is another try of.
    pub retry_of: Option<ExecutionId>,
}

impl NewExecution {
    /// What it will be known by.
    #[must_use]
    pub fn id(&self) -> ExecutionId {
        ExecutionId::of(&self.tenant, &self.request_id)
    }

    /// What tells two requests of one id apart: a digest of what they ask for.
    #[must_use]
    pub fn content(&self) -> [u8; 32] {
        let mut digest = sha2::Sha256::new();
        for text in [&self.asset_id, &self.asset_uri, &self.wasm_module_id] {
            // With its length, so that no text can end where another begins.
            digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(text.as_bytes());
        }
        digest.finalize().into()
    }
}

/// What is to be executed, and what it is known by: digests, which are taken once.
#[derive(Clone, Debug)]
pub(super) struct Identified {
    pub(super) id: ExecutionId,
    pub(super) content: [u8; 32],
    pub(super) new: NewExecution,
}

impl From<NewExecution> for Identified {
    fn from(new: NewExecution) -> Self {
        Self {
            id: new.id(),
            content: new.content(),
            new,
        }
    }
}

/// Where an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It waits, for its first attempt or for another.
    Queued,
    /// An attempt at it is under way.
    Running,
    /// It ended with results.
    Succeeded,
    /// It ended with an error.
    Failed,
}

impl Status {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Succeeded, Self::Failed];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more happens.
    #[must_use]
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// An execution, in what is short of it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// What it is known by.
    pub id: ExecutionId,
    /// What its request is known by.
    pub request_id: String,
    /// For whom it is.
    #[serde(serialize_with = "as_text")]
    pub tenant_id: TenantId,
    /// The module.
    pub wasm_module_id: String,
    /// What the tenant calls the asset.
    pub asset_id: String,
    /// Where the asset is; `None` in a list where that is long.
    pub asset_uri: Option<String>,
    /// The execution that it is another try of.
    pub retry_of: Option<ExecutionId>,
    /// Where it stands.
    pub status: Status,
    /// What went wrong: at its end, or in the last attempt of one that waits for another.
    pub error: Option<String>,
    /// The same in a word.
    pub fault: Option<String>,
    /// How many attempts have begun.
    pub attempts: u32,
    /// When it was asked for.
    #[serde(serialize_with = "as_date")]
    pub created_at: i64,
    /// When the last attempt began.
    #[serde(serialize_with = "as_dates")]
    pub started_at: Option<i64>,
    /// When it ended.
    #[serde(serialize_with = "as_dates")]
    pub finished_at: Option<i64>,
    /// Its number in the order of ends.
    pub seq: Option<i64>,
    /// How long the guest took, in seconds.
    #[serde(rename = "duration_seconds", serialize_with = "as_seconds")]
    pub duration: Option<Duration>,
    /// How much CPU time it took, in seconds.
    #[serde(rename = "cpu_time_seconds", serialize_with = "as_seconds")]
    pub cpu_time: Option<Duration>,
    /// How large its memory was at most.
    pub memory_bytes: Option<u64>,
    /// How much fuel it burnt, where that was bounded.
    pub fuel: Option<u64>,
    /// The digest of the module that ran.
    pub module_sha256: Option<String>,
}

/// An execution, whole.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Execution {
    /// What is short of it.
    #[serde(flatten)]
    pub summary: Summary,
    /// What came out, as a JSON object of texts.
    pub results: Option<Box<RawValue>>,
    /// What it wrote to its standard output, from which the results are read; nothing for a
    /// module of the pointer ABI.
    pub stdout: Option<String>,
    /// What it wrote to its standard error stream.
    pub stderr: Option<String>,
    /// What tells requests of one id apart.
    #[serde(skip)]
    pub content: [u8; 32],
    /// When it was asked for, in milliseconds since 1970, as the request has it.
    pub event_timestamp: i64,
}

impl Execution {
    /// One that was asked for at this time, in microseconds since 1970, and waits.
    pub(super) fn queued(new: Identified, now: i64) -> Self {
        let Identified { id, content, new } = new;
        Self {
            content,
            event_timestamp: new.event_timestamp,
            results: None,
            stdout: None,
            stderr: None,
            summary: Summary {
                id,
                request_id: new.request_id,
                tenant_id: new.tenant,
                wasm_module_id: new.wasm_module_id,
                asset_id: new.asset_id,
                asset_uri: Some(new.asset_uri),
                retry_of: new.retry_of,
                status: Status::Queued,
                error: None,
                fault: None,
                attempts: 0,
                created_at: now,
                started_at: None,
                finished_at: None,
                seq: None,
                duration: None,
                cpu_time: None,
                memory_bytes: None,
                fuel: None,
                module_sha256: None,
            },
        }
    }
}

fn as_text<S: Serializer>(tenant: &TenantId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(tenant.as_str())
}

/// RFC 3339, UTC, microseconds.
fn as_date<S: Serializer>(micros: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    let since = Duration::from_micros(u64::try_from(*micros).unwrap_or(0));
    let date = UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH);
    serializer.collect_str(&humantime::format_rfc3339_micros(date))
}

fn as_dates<S: Serializer>(micros: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    match micros {
        Some(micros) => as_date(micros, serializer),
        None => serializer.serialize_none(),
    }
}

fn as_seconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.serialize_f64(time.as_secs_f64()),
        None => serializer.serialize_none(),
    }
}
