//! The history that hosts share.
//!
//! What a host carries out stands in its own file first, and nothing waits for more than
//! that. From there it is [copied](super::copier) to where all hosts read it: so a history
//! that is shared costs no execution anything, and may be away.
//!
//! Two hosts may know of one execution: one has accepted it, and another has carried it out.
//! What is copied is put together with what is there, in whichever order it comes: an end
//! wins over what is none, of two ends the first stays, and what one host has only heard of
//! an end gives way to what the host knows that has come to that end.

mod postgres;

use std::fmt;

use async_trait::async_trait;

pub use postgres::PostgresHistory;

use super::{Execution, ExecutionId, ExecutionsConfig, Listed, Listing};

/// A history that hosts share.
#[async_trait]
pub trait SharedHistory: fmt::Debug + Send + Sync {
    /// What tells it from all others, so that nobody takes what was copied to another one for
    /// copied to this one.
    ///
    /// # Errors
    /// It is away.
    async fn identity(&self) -> Result<String, SharedError>;

    /// Puts executions in, all or none; none of them twice.
    ///
    /// # Errors
    /// It is away, or does not take one of them.
    async fn copy(&self, executions: &[Execution]) -> Result<(), SharedError>;

    /// The execution of this id, if it is there. It has no number in the order of ends: that
    /// is each host's own.
    ///
    /// # Errors
    /// It is away, or holds what cannot be understood.
    async fn get(&self, id: ExecutionId) -> Result<Option<Execution>, SharedError>;

    /// Some of the executions, the newest first, and how many there are; without numbers too.
    ///
    /// # Errors
    /// It is away, or holds what cannot be understood.
    async fn list(&self, wanted: &Listing) -> Result<Listed, SharedError>;

    /// Takes away what is too much for these bounds, the oldest first, unless another host is
    /// at it or has just been; whether there is more to take away at once.
    ///
    /// # Errors
    /// It is away.
    async fn sweep(&self, bounds: &ExecutionsConfig) -> Result<bool, SharedError>;
}

/// Why something could not be done with a history that hosts share.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SharedError {
    /// It is not there, does not answer, or does not do as it is asked for now.
    #[error("the history that hosts share is away: {0}")]
    Away(String),
    /// It never takes what was to be copied.
    #[error("the history that hosts share does not take what is copied: {0}")]
    Refused(String),
    /// It holds what it cannot hold.
    #[error("the history that hosts share cannot be understood: {0}")]
    Strange(String),
}

/// Of whom an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Of all who share the history: of this host alone, where none is shared.
    All,
    /// Of all who share it, but what this host did last may be missing.
    Behind,
    /// Of this host alone, though a history is shared: it is away.
    Host,
}
