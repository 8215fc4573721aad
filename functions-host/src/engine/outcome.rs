//! What becomes of an execution.

use std::time::Duration;

use bytes::Bytes;

use super::limits::Limit;

/// What came of an execution that took place.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The output, or why there is none.
    pub result: Result<Bytes, Fault>,
    /// What was written to the standard output stream, whatever became of it; empty for a
    /// module of the pointer ABI.
    pub stdout: Bytes,
    /// What was written to the standard error stream, likewise.
    pub stderr: Bytes,
    /// What it took.
    pub usage: Usage,
}

/// What a guest did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// It trapped: what, and in which of its functions.
    #[error("the module trapped: {0}")]
    Trap(String),
    /// It passed a limit.
    #[error("{0}")]
    Limit(#[from] Limit),
    /// It broke the rules of its ABI.
    #[error("the module broke the rules of its ABI: {0}")]
    Abi(String),
    /// A command ended with a status other than 0.
    #[error("the module ended with status {code}")]
    Exit {
        /// The status.
        code: i32,
    },
}

impl Fault {
    /// The same in a word: `trap`, `abi`, `exit`, or the limit that was passed.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Trap(_) => "trap",
            Self::Abi(_) => "abi",
            Self::Exit { .. } => "exit",
            Self::Limit(limit) => limit.word(),
        }
    }
}

/// What an execution took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// From the moment it had its place until its end.
    pub wall_clock: Duration,
    /// On a CPU.
    pub cpu_time: Duration,
    /// How much fuel was burnt; `None` without a limit of it.
    pub fuel: Option<u64>,
    /// The size that its memories had at most, together, in bytes.
    pub memory: usize,
}

/// Why an execution did not take place. Nothing of it has run, unless it says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError {
    /// As many executions as may wait are waiting.
    #[error("{0} executions are waiting already, which is as many as may")]
    Overloaded(usize),
    /// No place became free in time.
    #[error("no execution made way within {0:?}")]
    Waited(Duration),
    /// A limit of fuel was asked for, and the module was prepared without.
    #[error("a limit of fuel needs a module that is prepared with `Metering::Fuel`")]
    NotMetered,
    /// The host itself failed; the guest may have run.
    #[error("the host failed: {0}")]
    Host(String),
}
