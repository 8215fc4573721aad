//! What bounds executions.

use std::path::PathBuf;
use std::time::Duration;

use super::values;
use crate::engine::Limits;
use crate::policy::{Policy, TenantsError};

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

    /// How many more of one tenant may wait for their turn
    #[arg(long, env = "FUNCTIONS_HOST_MAX_WAITING_PER_TENANT", default_value = "1024", value_parser = values::natural)]
    pub max_waiting_per_tenant: usize,

    /// How long an execution waits for its turn, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_MAX_WAIT", default_value = "30", value_parser = values::seconds)]
    pub max_wait: Duration,

    /// How much CPU time the compilation of a module may take, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_COMPILE_CPU_TIME", default_value = "60", value_parser = values::seconds)]
    pub compile_cpu_time: Duration,

    /// How long the compilation of a module may take, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_COMPILE_TIMEOUT", default_value = "300", value_parser = values::seconds)]
    pub compile_timeout: Duration,

    /// How much memory the compilation of a module may take besides the program of the host,
    /// in bytes
    #[arg(long, env = "FUNCTIONS_HOST_COMPILE_MEMORY_BYTES", default_value = "2147483648", value_parser = values::bytes)]
    pub compile_memory_bytes: u64,

    /// How long an execution may take, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_WALL_CLOCK", default_value = "30", value_parser = values::seconds)]
    pub limit_wall_clock: Duration,

    /// How much CPU time an execution may take, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_CPU_TIME", default_value = "10", value_parser = values::seconds)]
    pub limit_cpu_time: Duration,

    /// How many instructions an execution may take; not counted, where it is not set
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_FUEL", value_parser = values::fuel)]
    pub limit_fuel: Option<u64>,

    /// How many bytes of memory an execution may take
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_MEMORY_BYTES", default_value = "134217728", value_parser = values::count)]
    pub limit_memory_bytes: usize,

    /// How many elements the tables of an execution may have
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_TABLE_ELEMENTS", default_value = "20000", value_parser = values::natural)]
    pub limit_table_elements: usize,

    /// How many bytes an execution may put out
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_OUTPUT_BYTES", default_value = "8388608", value_parser = values::count)]
    pub limit_output_bytes: usize,

    /// How many bytes an execution may write to its standard error stream
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_LOG_BYTES", default_value = "262144", value_parser = values::count)]
    pub limit_log_bytes: usize,

    /// How many lines an execution may write there
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_LOG_LINES", default_value = "1000", value_parser = values::natural)]
    pub limit_log_lines: usize,

    /// TOML file of what tenants may take, all of them and some by name
    #[arg(long, env = "FUNCTIONS_HOST_TENANTS", value_name = "FILE")]
    pub tenants: Option<PathBuf>,

    /// Let modules be granted values of an environment and hosts to ask over HTTP
    #[arg(
        long,
        env = "FUNCTIONS_HOST_ALLOW_GRANTS",
        default_value = "true",
        default_missing_value = "true",
        num_args = 0..=1,
        value_parser = values::boolean
    )]
    pub allow_grants: bool,
}

impl GuestSettings {
    /// What executions may take and have. Reads the file of tenants.
    ///
    /// # Errors
    /// That file cannot be read or understood.
    pub fn policy(&self) -> Result<Policy, TenantsError> {
        let mut policy = Policy::new(self.limits());
        if !self.allow_grants {
            policy = policy.without_grants();
        }
        match &self.tenants {
            Some(file) => policy.with_tenants(file),
            None => Ok(policy),
        }
    }

    /// The limits of an execution.
    fn limits(&self) -> Limits {
        Limits {
            wall_clock: self.limit_wall_clock,
            cpu_time: self.limit_cpu_time,
            fuel: self.limit_fuel,
            memory: self.limit_memory_bytes,
            table: self.limit_table_elements,
            output: self.limit_output_bytes,
            log: self.limit_log_bytes,
            log_lines: self.limit_log_lines,
        }
    }
}
