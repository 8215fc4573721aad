//! What is to be run, for whom, and with what.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::Limits;
use crate::egress::HostPattern;
use crate::tenant::TenantId;

/// One execution to be.
#[derive(Clone)]
pub struct Call {
    /// Whose execution it is.
    pub tenant: TenantId,
    /// The function to call, with the pointer ABI; `run` by convention. Commands and
    /// components have one only, and this is not looked at.
    pub handler: Cow<'static, str>,
    /// What it is given: bytes in its memory, or on its standard input.
    pub input: Bytes,
    /// The environment that it was granted, as names and values; nothing of the host's own
    /// environment is ever in it. The pointer ABI has none.
    pub environment: Vec<(String, String)>,
    /// The hosts that it was granted to reach by HTTP, where
    /// [`EngineConfig::http`](super::EngineConfig::http) says how. Only components have HTTP.
    pub http: Arc<[HostPattern]>,
    /// What it may take.
    pub limits: Limits,
}

/// Of the environment the names alone, and of the input its length: both hold what is
/// nobody else's.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.environment.iter().map(|(name, _)| name).collect();
        f.debug_struct("Call")
            .field("tenant", &self.tenant)
            .field("handler", &self.handler)
            .field("input", &self.input.len())
            .field("environment", &names)
            .field("http", &self.http)
            .field("limits", &self.limits)
            .finish()
    }
}
