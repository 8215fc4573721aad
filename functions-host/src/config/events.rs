//! What bounds requests that wait, and what is remembered of them.

use std::time::Duration;

use super::values;

/// Events: how many may wait, how they are tried, how long they are remembered.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Events")]
#[non_exhaustive]
pub struct EventSettings {
    /// How many requests may wait or run
    #[arg(long, env = "FUNCTIONS_HOST_MAX_BACKLOG", default_value = "100000", value_parser = values::bytes)]
    pub max_backlog: u64,

    /// How many of them one tenant may have
    #[arg(long, env = "FUNCTIONS_HOST_MAX_BACKLOG_PER_TENANT", default_value = "20000", value_parser = values::bytes)]
    pub max_backlog_per_tenant: u64,

    /// How many bytes they may have together
    #[arg(long, env = "FUNCTIONS_HOST_MAX_BACKLOG_BYTES", default_value = "4294967296", value_parser = values::bytes)]
    pub max_backlog_bytes: u64,

    /// How many bytes those of one tenant may have
    #[arg(long, env = "FUNCTIONS_HOST_MAX_BACKLOG_BYTES_PER_TENANT", default_value = "1073741824", value_parser = values::bytes)]
    pub max_backlog_bytes_per_tenant: u64,

    /// How many bytes the input may have that is sent along with a request
    #[arg(long, env = "FUNCTIONS_HOST_MAX_INPUT_BYTES", default_value = "1048576", value_parser = values::count)]
    pub max_input_bytes: usize,

    /// How many requests are in hand at once: those that run, those that fetch their
    /// assets, and those that wait for a place
    #[arg(long, env = "FUNCTIONS_HOST_MAX_IN_FLIGHT", default_value = "256", value_parser = values::count)]
    pub max_in_flight: usize,

    /// How many of them one tenant may have
    #[arg(long, env = "FUNCTIONS_HOST_MAX_IN_FLIGHT_PER_TENANT", default_value = "64", value_parser = values::count)]
    pub max_in_flight_per_tenant: usize,

    /// How many times a request is tried, where the trouble may pass
    #[arg(long, env = "FUNCTIONS_HOST_MAX_ATTEMPTS", default_value = "10", value_parser = values::attempts)]
    pub max_attempts: u32,

    /// How many requests are kept that were given up
    #[arg(long, env = "FUNCTIONS_HOST_MAX_DEAD_LETTERS", default_value = "10000", value_parser = values::bytes)]
    pub max_dead_letters: u64,

    /// How many executions are remembered that have ended
    #[arg(long, env = "FUNCTIONS_HOST_HISTORY_MAX", default_value = "100000", value_parser = values::bytes)]
    pub history_max: u64,

    /// How many bytes of theirs: inputs, results and logs
    #[arg(long, env = "FUNCTIONS_HOST_HISTORY_BYTES", default_value = "2147483648", value_parser = values::bytes)]
    pub history_bytes: u64,

    /// For how many days
    #[arg(long, env = "FUNCTIONS_HOST_HISTORY_DAYS", default_value = "7", value_parser = values::days)]
    pub history_days: Duration,

    /// How many callers may follow the stream of completions at once
    #[arg(long, env = "FUNCTIONS_HOST_MAX_STREAMS", default_value = "256", value_parser = values::count)]
    pub max_streams: usize,
}
