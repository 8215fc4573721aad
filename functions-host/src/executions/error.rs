//! What goes wrong with the history.

use std::sync::Arc;

use super::ExecutionId;
use crate::database::DatabaseError;

/// Why something could not be done with executions.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutionsError {
    /// Another request has this id.
    #[error(
        "a request '{0}' was made before, and it asked for something else; \
         a new request needs an id of its own"
    )]
    Differs(String),
    /// It is not there, and it should be.
    #[error("execution {0} is not in the history")]
    Missing(ExecutionId),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The file of marks failed.
    #[error("what is under way cannot be marked: {0}")]
    Marks(Arc<std::io::Error>),
}

impl From<std::io::Error> for ExecutionsError {
    fn from(error: std::io::Error) -> Self {
        Self::Marks(Arc::new(error))
    }
}
