//! What may be reached from here on behalf of others.

use std::sync::Arc;
use std::time::Duration;

use super::values;
use crate::egress::{ClientConfig, Policy, Reach, Rule};

/// What assets and guests may reach.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Network")]
#[non_exhaustive]
pub struct EgressSettings {
    /// What assets and guests may reach where no rule says anything else: public for what
    /// everybody can reach, listed for nothing
    #[arg(long, env = "FUNCTIONS_HOST_EGRESS", default_value = "public", value_name = "public|listed", value_parser = values::reach)]
    pub egress: Reach,

    /// What they may reach besides, with commas between: networks (10.1.0.0/16), hosts
    /// (db.internal, *.internal, 10.2.0.7), hosts with a port (db.internal:8080)
    #[arg(long, env = "FUNCTIONS_HOST_EGRESS_ALLOW", default_value = "", hide_default_value = true, value_name = "RULES", value_parser = values::rules)]
    pub egress_allow: Arc<[Rule]>,

    /// What they may not reach, whatever else is said
    #[arg(long, env = "FUNCTIONS_HOST_EGRESS_DENY", default_value = "", hide_default_value = true, value_name = "RULES", value_parser = values::rules)]
    pub egress_deny: Arc<[Rule]>,

    /// How long the way to a host may take (its name, the connection, TLS), in seconds
    #[arg(long, env = "FUNCTIONS_HOST_EGRESS_CONNECT_TIMEOUT", default_value = "10", value_parser = values::seconds)]
    pub egress_connect_timeout: Duration,

    /// How many HTTP requests an execution may make, where its module was granted hosts
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_HTTP_REQUESTS", default_value = "100", value_parser = values::count)]
    pub limit_http_requests: usize,

    /// How many bytes of bodies it may send and receive in them
    #[arg(long, env = "FUNCTIONS_HOST_LIMIT_HTTP_BYTES", default_value = "67108864", value_parser = values::bytes)]
    pub limit_http_bytes: u64,
}

impl EgressSettings {
    /// How requests reach the network.
    #[must_use]
    pub fn client(&self) -> ClientConfig {
        let (allow, deny) = (self.egress_allow.to_vec(), self.egress_deny.to_vec());
        let mut client = ClientConfig::new(Policy::new(self.egress, allow, deny));
        client.connect_timeout = self.egress_connect_timeout;
        client
    }
}
