//! What one has to know to reach a broker.

use std::path::PathBuf;

use lapin::tcp::OwnedTLSConfig;
use lapin::uri::{AMQPAuthority, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Connection, ConnectionProperties};

use super::PATIENCE;

/// The way to a broker, and who one is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Its host.
    pub hostname: String,
    /// Its port for AMQP.
    pub port: u16,
    /// How it is reached over TLS, where that is known.
    pub tls: Option<Tls>,
    /// The user.
    pub username: String,
    /// The user's password.
    pub password: String,
    /// The virtual host.
    pub vhost: String,
}

/// The way to a broker over TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Its port for AMQP over TLS.
    pub port: u16,
    /// The certificate of the authority that vouches for it, a PEM file.
    pub ca_file: PathBuf,
}

impl Access {
    /// The way to the broker that the environment names, by the variables that bring a
    /// server to it.
    pub(super) fn external() -> Self {
        let variable = |name: &str, default: &str| match std::env::var(name) {
            Ok(value) if !value.is_empty() => value,
            _ => default.to_owned(),
        };
        let hostname = variable("CRBR_RABBITMQ_HOSTNAME", "");
        assert!(!hostname.is_empty(), "CRBR_RABBITMQ_HOSTNAME is not set");
        let port = variable("CRBR_RABBITMQ_PORT", "5672");
        Self {
            hostname,
            port: port.parse().expect("CRBR_RABBITMQ_PORT is a port"),
            tls: None,
            username: variable("CRBR_RABBITMQ_USERNAME", "cerebro"),
            password: variable("CRBR_RABBITMQ_PASSWORD", "cerebro123"),
            vhost: variable("CRBR_RABBITMQ_VHOST", "/"),
        }
    }

    /// The settings that bring a server process to it.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("CRBR_RABBITMQ_HOSTNAME", self.hostname.clone()),
            ("CRBR_RABBITMQ_PORT", self.port.to_string()),
            ("CRBR_RABBITMQ_USERNAME", self.username.clone()),
            ("CRBR_RABBITMQ_PASSWORD", self.password.clone()),
            ("CRBR_RABBITMQ_VHOST", self.vhost.clone()),
        ]
    }

    /// The same over TLS.
    #[must_use]
    pub fn tls_environment(&self) -> Vec<(&'static str, String)> {
        let tls = self.tls.as_ref().expect("this broker has TLS");
        let ca_file = tls.ca_file.to_str().expect("the path is text");
        let mut environment = self.at(&self.hostname, tls.port).environment();
        environment.push(("CRBR_FUNCTIONS_RABBITMQ_TLS", "true".to_owned()));
        environment.push(("CRBR_FUNCTIONS_RABBITMQ_CA_FILE", ca_file.to_owned()));
        environment
    }

    /// The same broker by way of another address, such as a proxy's.
    #[must_use]
    pub fn at(&self, hostname: &str, port: u16) -> Self {
        Self {
            hostname: hostname.to_owned(),
            port,
            ..self.clone()
        }
    }

    /// A connection of the test's own.
    ///
    /// # Errors
    /// The broker is not there, or does not let the user in.
    pub async fn connect(&self) -> anyhow::Result<Connection> {
        let uri = self.uri(AMQPScheme::AMQP, self.port);
        self.connect_with(uri, OwnedTLSConfig::default()).await
    }

    /// The same over TLS.
    ///
    /// # Errors
    /// The broker is not there, shows another certificate, or does not let the user in.
    pub async fn connect_tls(&self) -> anyhow::Result<Connection> {
        let tls = self.tls.as_ref().expect("this broker has TLS");
        let uri = self.uri(AMQPScheme::AMQPS, tls.port);
        let config = OwnedTLSConfig {
            identity: None,
            cert_chain: Some(std::fs::read_to_string(&tls.ca_file)?),
        };
        self.connect_with(uri, config).await
    }

    async fn connect_with(&self, uri: AMQPUri, tls: OwnedTLSConfig) -> anyhow::Result<Connection> {
        let properties = ConnectionProperties::default().with_connection_name("test".into());
        let runtime = lapin::runtime::default_runtime()?;
        let connecting = Connection::connect_uri_with_config(uri, properties, tls, runtime);
        Ok(tokio::time::timeout(PATIENCE, connecting).await??)
    }

    fn uri(&self, scheme: AMQPScheme, port: u16) -> AMQPUri {
        AMQPUri {
            scheme,
            authority: AMQPAuthority {
                userinfo: AMQPUserInfo {
                    username: self.username.clone(),
                    password: self.password.clone(),
                },
                host: self.hostname.clone(),
                port,
            },
            vhost: self.vhost.clone(),
            query: Default::default(),
        }
    }
}
