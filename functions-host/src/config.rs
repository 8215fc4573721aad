//! Command line and environment, read once, into types.
//!
//! Every setting is a flag and a variable. The flag wins over the variable, the
//! environment over `.env`, and a variable that is set to nothing is not set. What cannot
//! be understood stops the start with one line that names the variable, what it holds and
//! what it may hold. A variable of ours that nobody knows is told of: it may be a slip.

mod assets;
mod cluster;
mod command_line;
mod deploy;
mod egress;
mod events;
mod guests;
mod metrics;
mod pulsar;
mod requests;
mod storage;
mod unknown;
mod values;

use std::net::IpAddr;
use std::time::Duration;

use functions_core::config::{LogFormat, LogLevel};

pub use assets::AssetSettings;
pub use cluster::{Annotations, ClusterSettings, RuntimeClass};
pub use command_line::{CommandLine, LetterVerb, Stop, Verb};
pub use deploy::DeployArguments;
pub use egress::EgressSettings;
pub use events::EventSettings;
pub use guests::GuestSettings;
pub use metrics::MetricsSettings;
pub use pulsar::PulsarSettings;
pub use requests::RequestSettings;
pub use storage::{ModuleStore, StorageSettings};

use crate::tenant::TenantId;

/// What a host is told from outside.
#[derive(Clone, Debug, clap::Args)]
#[non_exhaustive]
pub struct Config {
    /// Address to listen on
    #[arg(long, env = "FUNCTIONS_HOST_BIND", default_value = "0.0.0.0", value_parser = values::address)]
    pub bind: IpAddr,

    /// Port to listen on; 0 for any that is free. PORT is looked at too
    #[arg(long, env = "FUNCTIONS_HOST_PORT", default_value = "8000", value_parser = values::port)]
    pub port: u16,

    /// Believe X-Tid and X-Authenticated-Userid, since a gateway in front sets them
    #[arg(
        long,
        env = "FUNCTIONS_HOST_TRUST_GATEWAY",
        default_value = "false",
        default_missing_value = "true",
        num_args = 0..=1,
        value_parser = values::boolean
    )]
    pub trust_gateway: bool,

    /// Tenant of requests where no gateway is trusted
    #[arg(long, env = "FUNCTIONS_HOST_DEFAULT_TENANT", default_value = "default", value_parser = values::tenant)]
    pub default_tenant: TenantId,

    /// How long what runs may go on after SIGTERM, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_SHUTDOWN_TIMEOUT", default_value = "30", value_parser = values::seconds)]
    pub shutdown_timeout: Duration,

    /// Least level that is logged: DEBUG, INFO, WARNING or ERROR
    #[arg(long, env = "FUNCTIONS_HOST_LOG_LEVEL", default_value = "INFO", value_parser = values::log_level)]
    pub log_level: LogLevel,

    /// The same for the HTTP layer
    #[arg(long, env = "FUNCTIONS_HOST_HTTP_LOG_LEVEL", default_value = "INFO", value_parser = values::log_level)]
    pub http_log_level: LogLevel,

    /// How log lines look: json, bunyan or text; text on a terminal and json elsewhere,
    /// where it is not set
    #[arg(long, env = "FUNCTIONS_HOST_LOG_FORMAT", value_parser = values::log_format)]
    pub log_format: Option<LogFormat>,

    /// Where things are kept.
    #[command(flatten)]
    pub storage: StorageSettings,

    /// What bounds requests.
    #[command(flatten)]
    pub requests: RequestSettings,

    /// What bounds executions.
    #[command(flatten)]
    pub guests: GuestSettings,

    /// What bounds events.
    #[command(flatten)]
    pub events: EventSettings,

    /// The broker that brings requests.
    #[command(flatten)]
    pub pulsar: PulsarSettings,

    /// What Prometheus is told.
    #[command(flatten)]
    pub metrics: MetricsSettings,

    /// How inputs are fetched.
    #[command(flatten)]
    pub assets: AssetSettings,

    /// What may be reached from here on behalf of others.
    #[command(flatten)]
    pub egress: EgressSettings,

    /// Where functions are deployed.
    #[command(flatten)]
    pub cluster: ClusterSettings,
}
