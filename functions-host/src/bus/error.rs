//! What goes wrong on a bus.

use super::RequestId;
use crate::tenant::TenantId;

/// Why a request was not taken.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// As many requests wait as may, or they are as large together as they may be.
    #[error("{waiting} requests{whose} wait already, which is as much as may; try again later")]
    Full {
        /// How many.
        waiting: u64,
        /// Whose: ` of this tenant`, or nothing where it is all of them.
        whose: &'static str,
    },
    /// Another request of the same id waits, which asks for something else.
    #[error("a request '{0}' waits already, and it asks for something else")]
    Differs(RequestId),
    /// The broker takes no more of this tenant.
    #[error(
        "the broker takes no more requests of tenant {0}: its backlog quota is used up; \
         try again later"
    )]
    Quota(TenantId),
    /// What was given up is no request, so it cannot be tried again.
    #[error("it is no request that can be read: {0}")]
    Unreadable(String),
    /// The bus failed.
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// Why a bus did not do what it was asked to.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BusError {
    /// It failed; it is worth trying again.
    #[error("the bus failed: {0}")]
    Failed(String),
    /// It has come to its end.
    #[error("the bus has come to its end")]
    Closed,
}
