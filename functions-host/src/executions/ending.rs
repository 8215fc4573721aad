//! How executions end.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::ExecutionId;
use crate::tenant::TenantId;

/// How an execution ended, for the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What came out, or what went wrong.
    pub outcome: Result<BTreeMap<String, String>, Failure>,
    /// What it took, where anything ran.
    pub took: Option<Took>,
    /// The digest of the module that ran, or was to run.
    pub module_sha256: Option<String>,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error stream.
    pub stderr: String,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In a word, such as `trap`.
    pub fault: Cow<'static, str>,
    /// In a sentence.
    pub error: String,
}

/// What an execution took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Took {
    /// From its place to its end.
    pub duration: Duration,
    /// On a CPU.
    pub cpu_time: Duration,
    /// Bytes of memory, at most.
    pub memory: u64,
    /// Fuel, where that was bounded.
    pub fuel: Option<u64>,
}

/// An execution that has ended, as those see it who follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// The execution.
    pub id: ExecutionId,
    /// Its number in the order of ends.
    pub seq: i64,
    /// For whom it was.
    pub tenant: TenantId,
    /// The asset, as the request named it.
    pub asset_id: String,
    /// The module.
    pub wasm_module_id: String,
    /// What came out, or what went wrong.
    pub outcome: Result<BTreeMap<String, String>, Failure>,
    /// When it ended, in microseconds since 1970.
    pub finished_at: i64,
}

impl Ending {
    /// An end before anything ran.
    #[must_use]
    pub fn failure(fault: &'static str, error: impl Into<String>) -> Self {
        Self {
            outcome: Err(Failure {
                fault: fault.into(),
                error: error.into(),
            }),
            took: None,
            module_sha256: None,
            stdout: String::new(),
            stderr: String::new(),
        }
    }
}
