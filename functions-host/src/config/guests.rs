//! What bounds executions.

use std::time::Duration;

use super::values;
use crate::engine::Limits;

/// What an execution may take, and how many there are.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Executions")]
#[non_exhaustive]
pub struct GuestSettings {
    /// How many executions run at once
    #[arg(long, env = "FUNCTIONS_HOST_MAX_EXECUTIONS", default_value = "128", value_parser = values::count)]
    pub max_executions: usize,

    /// How many of them one tenant may take
    #[arg(long, env = "FUNCTIONS_HOST_MAX_EXECUTIONS_PER_TENANT", default_value = "64", value_parser = values::count)]
    pub max_executions_per_tenant: usize,

    /// How long an execution waits for its turn, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_MAX_WAIT", default_value = "30", value_parser = values::seconds)]
    pub max_wait: Duration,

    /// How long an execution may take, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_WALL_CLOCK", default_value = "30", value_parser = values::seconds)]
    pub limit_wall_clock: Duration,

    /// How much CPU time an execution may take, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_CPU_TIME", default_value = "10", value_parser = values::seconds)]
    pub limit_cpu_time: Duration,

    /// How many bytes of memory an execution may take
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_MEMORY_BYTES", default_value = "134217728", value_parser = values::count)]
    pub limit_memory_bytes: usize,

    /// How many bytes an execution may put out
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_OUTPUT_BYTES", default_value = "8388608", value_parser = values::count)]
    pub limit_output_bytes: usize,

    /// How many bytes an execution may write to its standard error stream
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_LOG_BYTES", default_value = "262144", value_parser = values::count)]
    pub limit_log_bytes: usize,
}

impl GuestSettings {
    /// The limits of an execution.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            wall_clock: self.limit_wall_clock,
            cpu_time: self.limit_cpu_time,
            memory: self.limit_memory_bytes,
            output: self.limit_output_bytes,
            log: self.limit_log_bytes,
            ..Limits::default()
        }
    }
}
