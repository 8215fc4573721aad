//! The settings of a server in code: one method for each variable of the environment.

mod events;

use std::time::Duration;

use super::FunctionServer;
use crate::config::{CorsOrigins, LogFormat, LogLevel};

/// Settings. The environment wins over each of them, and each has a default: see
/// [`config`](crate::config).
impl FunctionServer {
    /// The deployment that the functions belong to. `CRBR_DEPLOYMENT_ID`.
    pub fn deployment_id(mut self, id: impl Into<String>) -> Self {
        self.settings.deployment_id = Some(id.into());
        self
    }

    /// The address to listen on: an IP address or a host name.
    /// `CRBR_FUNCTIONS_HOST`.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.settings.host = Some(host.into());
        self
    }

    /// The port to listen on; 0 for any that is free. `CRBR_FUNCTIONS_PORT`, `PORT`.
    pub fn port(mut self, port: u16) -> Self {
        self.settings.port = Some(port);
        self
    }

    /// The deadline of functions that have none of their own.
    /// `CRBR_FUNCTIONS_TIMEOUT`.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = Some(timeout);
        self
    }

    /// The highest deadline, whatever a function asks for.
    /// `CRBR_FUNCTIONS_MAX_TIMEOUT`.
    pub fn max_timeout(mut self, timeout: Duration) -> Self {
        self.settings.max_timeout = Some(timeout);
        self
    }

    /// From which level on functions are logged. `CRBR_FUNCTIONS_LOG_LEVEL`.
    pub fn log_level(mut self, level: LogLevel) -> Self {
        self.settings.log_level = Some(level);
        self
    }

    /// From which level on HTTP is logged. `CRBR_UVICORN_LOG_LEVEL`.
    pub fn http_log_level(mut self, level: LogLevel) -> Self {
        self.settings.http_log_level = Some(level);
        self
    }

    /// How log lines look. `CRBR_FUNCTIONS_LOG_FORMAT`.
    pub fn log_format(mut self, format: LogFormat) -> Self {
        self.settings.log_format = Some(format);
        self
    }

    /// How many bytes the body of a request may have.
    /// `CRBR_FUNCTIONS_MAX_BODY_BYTES`.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_body_bytes = Some(bytes);
        self
    }

    /// How many bytes the head of a request may have; 8,192 at least.
    /// `CRBR_FUNCTIONS_MAX_HEADER_BYTES`.
    pub fn max_header_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_header_bytes = Some(bytes);
        self
    }

    /// How long a connection may go without a whole head or an answer.
    /// `CRBR_FUNCTIONS_HEADER_TIMEOUT`.
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.settings.header_timeout = Some(timeout);
        self
    }

    /// How long the body of a request may take. `CRBR_FUNCTIONS_BODY_TIMEOUT`.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.settings.body_timeout = Some(timeout);
        self
    }

    /// How many connections there are at once. `CRBR_FUNCTIONS_MAX_CONNECTIONS`.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.settings.max_connections = Some(connections);
        self
    }

    /// How many executions run at once. `CRBR_FUNCTIONS_MAX_CONCURRENCY`.
    pub fn max_concurrency(mut self, executions: usize) -> Self {
        self.settings.max_concurrency = Some(executions);
        self
    }

    /// How many more executions wait for their turn, before callers are told to try
    /// again later. `CRBR_FUNCTIONS_MAX_QUEUE`.
    pub fn max_queue(mut self, executions: usize) -> Self {
        self.settings.max_queue = Some(executions);
        self
    }

    /// How long callers are still let in once the server is told to stop.
    /// `CRBR_FUNCTIONS_SHUTDOWN_DELAY`.
    pub fn shutdown_delay(mut self, delay: Duration) -> Self {
        self.settings.shutdown_delay = Some(delay);
        self
    }

    /// How long running executions may take to end once the server stops.
    /// `CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT`.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.settings.shutdown_timeout = Some(timeout);
        self
    }

    /// How many threads run functions, where [`start`](Self::start) makes them.
    /// `CRBR_FUNCTIONS_WORKERS`.
    pub fn workers(mut self, threads: usize) -> Self {
        self.settings.workers = Some(threads);
        self
    }

    /// Which pages of other origins may call, by their scripts.
    /// `CRBR_FUNCTIONS_CORS_ORIGINS`.
    pub fn cors_origins(mut self, origins: CorsOrigins) -> Self {
        self.settings.cors_origins = Some(origins);
        self
    }

    /// Whether there is a page under `/docs`. `CRBR_FUNCTIONS_DOCS`.
    pub fn docs(mut self, docs: bool) -> Self {
        self.settings.docs = Some(docs);
        self
    }
}
