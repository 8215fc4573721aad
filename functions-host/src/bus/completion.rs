//! What became of a request.

use std::borrow::Cow;
use std::collections::BTreeMap;

use uuid::Uuid;

use crate::tenant::TenantId;

/// What became of a request, for all who want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The execution, known by the request: the same for one that comes twice.
    pub execution_id: Uuid,
    /// Whose request it was.
    pub tenant_id: TenantId,
    /// The asset, as the request named it.
    pub asset_id: String,
    /// The module, likewise.
    pub wasm_module_id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What went wrong, in a word.
    pub fault: Option<Cow<'static, str>>,
    /// When it ended, in milliseconds since 1970.
    pub event_timestamp: i64,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `SUCCESS`, with what came out.
    Success(BTreeMap<String, String>),
    /// `FAILURE`, with what went wrong.
    Failure(String),
}
