//! The execution that a request asks for.

use crate::bus::Request;
use crate::executions::{ExecutionId, NewExecution};

/// The execution that a request asks for, as the history writes it down.
#[must_use]
pub fn execution_of(request: &Request) -> NewExecution {
    let repeats = request.repeats.as_ref();
    NewExecution {
        tenant: request.tenant.clone(),
        request_id: request.id.as_str().to_owned(),
        asset_id: request.asset_id.clone(),
        asset_uri: request.asset_uri.clone(),
        wasm_module_id: request.wasm_module_id.clone(),
        event_timestamp: request.event_timestamp,
        retry_of: repeats.map(|id| ExecutionId::of(&request.tenant, id.as_str())),
    }
}
