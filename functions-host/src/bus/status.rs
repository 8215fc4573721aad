//! How a bus fares.

use crate::tenant::TenantId;

/// How a bus fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusStatus {
    /// Whether requests come through it.
    pub ready: bool,
    /// What goes wrong with all of it.
    pub error: Option<String>,
    /// The places that requests come from, where there are several.
    pub sources: Vec<Source>,
}

/// A place that requests come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called.
    pub name: String,
    /// Whose requests come from it.
    pub tenant: TenantId,
    /// Whether they come.
    pub connected: bool,
    /// How many lie there, or are in some host's hands. Known half a minute late.
    pub backlog: u64,
    /// How many of them this host has in hand.
    pub in_flight: u64,
    /// What went wrong with it last, until it goes right again.
    pub error: Option<String>,
}

impl Default for BusStatus {
    /// All is well.
    fn default() -> Self {
        Self {
            ready: true,
            error: None,
            sources: Vec::new(),
        }
    }
}
