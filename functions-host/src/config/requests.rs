//! What bounds requests.

use std::time::Duration;

use super::values;

/// What bounds connections, bodies and uploads.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Requests")]
#[non_exhaustive]
pub struct RequestSettings {
    /// How many connections there are at once
    #[arg(long, env = "FUNCTIONS_HOST_MAX_CONNECTIONS", default_value = "10000", value_parser = values::count)]
    pub max_connections: usize,

    /// How many bytes the head of a request may have
    #[arg(long, env = "FUNCTIONS_HOST_MAX_HEADER_BYTES", default_value = "65536", value_parser = values::count)]
    pub max_header_bytes: usize,

    /// How long a connection may be idle, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_HEADER_TIMEOUT", default_value = "30", value_parser = values::seconds)]
    pub header_timeout: Duration,

    /// How many bytes a body may have, that of an upload apart
    #[arg(long, env = "FUNCTIONS_HOST_MAX_BODY_BYTES", default_value = "16777216", value_parser = values::count)]
    pub max_body_bytes: usize,

    /// How long a body may take to come, that of an upload apart, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_BODY_TIMEOUT", default_value = "30", value_parser = values::seconds)]
    pub body_timeout: Duration,

    /// How many bytes a module may have
    #[arg(long, env = "FUNCTIONS_HOST_MAX_MODULE_BYTES", default_value = "67108864", value_parser = values::bytes)]
    pub max_module_bytes: u64,

    /// How long an upload may take to come, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_UPLOAD_TIMEOUT", default_value = "300", value_parser = values::seconds)]
    pub upload_timeout: Duration,

    /// How many uploads are received and looked at at once; more wait
    #[arg(long, env = "FUNCTIONS_HOST_MAX_UPLOADS", default_value = "8", value_parser = values::count)]
    pub max_uploads: usize,
}
