//! The broker.

use std::path::PathBuf;

use super::{Secret, values};

/// Where events are published. It counts as configured where a host, a user and a
/// password are set.
#[derive(Clone, Debug, PartialEq, confique::Config)]
#[config(layer_attr(derive(Clone, Debug, Default)))]
#[non_exhaustive]
pub struct RabbitMqConfig {
    /// Host of the RabbitMQ broker. With a host, a user and a password, events are
    /// published there.
    ///
    /// Allowed: an IP address, without brackets, or a host name.
    ///
    /// Default: none.
    #[config(env = "CRBR_RABBITMQ_HOSTNAME", validate = values::is_host)]
    pub hostname: Option<String>,

    /// Who the server is to the broker.
    ///
    /// Allowed: any text.
    ///
    /// Default: none.
    #[config(env = "CRBR_RABBITMQ_USERNAME")]
    pub username: Option<String>,

    /// The password to that.
    ///
    /// Secret.
    ///
    /// Allowed: any text.
    ///
    /// Default: none.
    #[config(env = "CRBR_RABBITMQ_PASSWORD")]
    pub password: Option<Secret>,

    /// Port of the broker.
    ///
    /// Allowed: a whole number from 1 to 65535.
    ///
    /// Default: `5672`, with TLS `5671`.
    #[config(env = "CRBR_RABBITMQ_PORT", validate = values::is_port)]
    pub port: Option<u16>,

    /// Virtual host on the broker.
    ///
    /// Allowed: text of at most 255 bytes.
    #[config(env = "CRBR_RABBITMQ_VHOST", default = "/", validate = values::is_short)]
    pub vhost: String,

    /// Exchange that events are published to: a durable topic exchange, declared
    /// where there is none.
    ///
    /// Allowed: text of at most 255 bytes.
    #[config(
        env = "CRBR_RABBITMQ_EXCHANGE",
        default = "event.exchange",
        validate = values::is_short
    )]
    pub exchange: String,

    /// Whether the connection is encrypted (`amqps`).
    ///
    /// Allowed: true, false, 1, 0, yes, no, on or off, in any case.
    #[config(env = "CRBR_FUNCTIONS_RABBITMQ_TLS", default = false)]
    pub tls: bool,

    /// File with the certificates (PEM) that are trusted instead of the system's.
    ///
    /// Allowed: the path of a file.
    ///
    /// Default: none.
    #[config(env = "CRBR_FUNCTIONS_RABBITMQ_CA_FILE")]
    pub ca_file: Option<PathBuf>,

    /// Seconds between signs of life on the connection. Twice as long without one,
    /// and it counts as lost.
    ///
    /// Allowed: a whole number from 1 to 3600.
    #[config(
        env = "CRBR_FUNCTIONS_RABBITMQ_HEARTBEAT",
        default = 10,
        validate = values::is_heartbeat
    )]
    pub heartbeat: u16,
}

impl RabbitMqConfig {
    /// What was set halfway: a sentence for the log.
    pub(super) fn warning(&self) -> Option<String> {
        let three = [
            ("CRBR_RABBITMQ_HOSTNAME", self.hostname.is_some()),
            ("CRBR_RABBITMQ_USERNAME", self.username.is_some()),
            ("CRBR_RABBITMQ_PASSWORD", self.password.is_some()),
        ];
        let names = |wanted: bool| {
            let names = three.iter().filter(move |(_, is_set)| *is_set == wanted);
            names.map(|(name, _)| *name).collect::<Vec<_>>()
        };
        let (set, missing) = (names(true), names(false));
        if set.is_empty() || missing.is_empty() {
            return None;
        }
        let set = set.join(" and ");
        let missing = missing.join(" and ");
        Some(format!("No events are published: {set} without {missing}"))
    }
}
