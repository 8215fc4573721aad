//! What Prometheus is told.

use super::values;

/// What Prometheus is told.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Metrics")]
#[non_exhaustive]
pub struct MetricsSettings {
    /// Answer at /metrics, in the text format of Prometheus
    #[arg(
        long,
        env = "FUNCTIONS_HOST_METRICS",
        default_value = "true",
        default_missing_value = "true",
        num_args = 0..=1,
        value_parser = values::boolean
    )]
    pub metrics: bool,

    /// How many tenants are told of by name there, those with most to do; the others are
    /// told of together
    #[arg(long, env = "FUNCTIONS_HOST_METRICS_TENANTS", default_value = "100", value_parser = values::natural)]
    pub metrics_tenants: usize,
}
