//! What those outside rely on, written down a second time.

/// The schema of requests.
pub(crate) const REQUEST: &str = r#"{"type": "record", "name": "ExecuteWasmFunction", "fields": [{"name": "tenant_id", "type": "string"}, {"name": "asset_id", "type": "string"}, {"name": "asset_uri", "type": "string"}, {"name": "wasm_module_id", "type": "string"}, {"name": "event_timestamp", "type": "long"}]}"#;

/// The schema of completions.
pub(crate) const COMPLETION: &str = r#"{"type": "record", "name": "FunctionExecutionCompleted", "fields": [{"name": "tenant_id", "type": "string"}, {"name": "asset_id", "type": "string"}, {"name": "wasm_module_id", "type": "string"}, {"name": "status", "type": "string"}, {"name": "results", "type": ["null", {"type": "map", "values": "string"}]}, {"name": "error_message", "type": ["null", "string"]}, {"name": "event_timestamp", "type": "long"}]}"#;

/// The topic that requests lie in.
pub(crate) const REQUESTS: &str = "wasm-function-execution-requests";

/// The topic of completions.
pub(crate) const COMPLETIONS: &str = "function-execution-completed-events";

/// The subscription that all hosts share.
pub(crate) const SUBSCRIPTION: &str = "functions-service-execution-sub";

/// The topic of requests that wait for another attempt.
pub(crate) const RETRIES: &str =
    "wasm-function-execution-requests-functions-service-execution-sub-RETRY";

/// The topic of dead letters.
pub(crate) const DEAD: &str =
    "wasm-function-execution-requests-functions-service-execution-sub-DLQ";
