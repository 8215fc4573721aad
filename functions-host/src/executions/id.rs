//! What an execution is known by.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use uuid::Uuid;

use crate::tenant::TenantId;

/// What the ids of executions are made in.
const NAMESPACE: Uuid = Uuid::from_u128(0x5bc8_93d6_76c5_4f0e_a6a7_20f0_94f1_5a3b);

/// The id of an execution: a version 5 UUID of its tenant and the id of its request, the
/// same whoever makes it.
///
/// ```
/// use functions_host::executions::ExecutionId;
///
/// let tenant = "acme".parse().unwrap();
/// let id = ExecutionId::of(&tenant, "order-17");
/// assert_eq!(id, ExecutionId::of(&tenant, "order-17"));
/// assert_eq!(id.to_string().parse(), Ok(id));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ExecutionId(Uuid);

/// A text that is no [`ExecutionId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of an execution is a UUID, such as 4b1d2a52-7f6c-5a0e-9d0e-6d1f1b0c9a55")]
pub struct InvalidExecutionId;

impl ExecutionId {
    /// The execution of this tenant's request.
    #[must_use]
    pub fn of(tenant: &TenantId, request_id: &str) -> Self {
        // No tenant's name holds a slash.
        let name = format!("{tenant}/{request_id}");
        Self(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
    }

    pub(super) fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    pub(super) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl From<Uuid> for ExecutionId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<ExecutionId> for Uuid {
    fn from(id: ExecutionId) -> Self {
        id.0
    }
}

impl FromStr for ExecutionId {
    type Err = InvalidExecutionId;

    fn from_str(text: &str) -> Result<Self, InvalidExecutionId> {
        let id = Uuid::try_parse(text).map_err(|_| InvalidExecutionId)?;
        Ok(Self(id))
    }
}

impl fmt::Display for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
