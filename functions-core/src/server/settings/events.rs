//! The settings of events and their broker.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{EventFormat, Secret};
use crate::events::Publisher;
use crate::server::FunctionServer;

/// Settings of the events that tell the world of a server: see
/// [`events`](crate::events).
impl FunctionServer {
    /// Announces the server by other means than RabbitMQ.
    ///
    /// A router that is served by an axum app announces nothing.
    pub fn publisher(mut self, publisher: impl Publisher) -> Self {
        self.publisher = Some(Arc::new(publisher));
        self
    }

    /// The RabbitMQ broker to publish events on. `CRBR_RABBITMQ_HOSTNAME`,
    /// `CRBR_RABBITMQ_USERNAME`, `CRBR_RABBITMQ_PASSWORD`.
    pub fn rabbitmq(
        mut self,
        hostname: impl Into<String>,
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        let broker = &mut self.settings.rabbitmq;
        broker.hostname = Some(hostname.into());
        broker.username = Some(username.into());
        broker.password = Some(Secret::from(password.into()));
        self
    }

    /// The port of the broker. `CRBR_RABBITMQ_PORT`.
    pub fn rabbitmq_port(mut self, port: u16) -> Self {
        self.settings.rabbitmq.port = Some(port);
        self
    }

    /// The virtual host on the broker. `CRBR_RABBITMQ_VHOST`.
    pub fn rabbitmq_vhost(mut self, vhost: impl Into<String>) -> Self {
        self.settings.rabbitmq.vhost = Some(vhost.into());
        self
    }

    /// The exchange to publish to. `CRBR_RABBITMQ_EXCHANGE`.
    pub fn rabbitmq_exchange(mut self, exchange: impl Into<String>) -> Self {
        self.settings.rabbitmq.exchange = Some(exchange.into());
        self
    }

    /// Whether the connection to the broker is encrypted.
    /// `CRBR_FUNCTIONS_RABBITMQ_TLS`.
    pub fn rabbitmq_tls(mut self, tls: bool) -> Self {
        self.settings.rabbitmq.tls = Some(tls);
        self
    }

    /// The file with the certificates that are trusted instead of the system's.
    /// `CRBR_FUNCTIONS_RABBITMQ_CA_FILE`.
    pub fn rabbitmq_ca_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.settings.rabbitmq.ca_file = Some(file.into());
        self
    }

    /// How many seconds there are between signs of life of the broker.
    /// `CRBR_FUNCTIONS_RABBITMQ_HEARTBEAT`.
    pub fn rabbitmq_heartbeat(mut self, seconds: u16) -> Self {
        self.settings.rabbitmq.heartbeat = Some(seconds);
        self
    }

    /// Whether events are published. `CRBR_ENABLE_EVENTS`.
    pub fn events(mut self, enabled: bool) -> Self {
        self.settings.events.enabled = Some(enabled);
        self
    }

    /// Whether the end of the server is an event as well.
    /// `CRBR_ENABLE_STOPPED_EVENT`.
    pub fn stopped_event(mut self, enabled: bool) -> Self {
        self.settings.events.stopped_event = Some(enabled);
        self
    }

    /// How often the server announces that it is healthy.
    /// `CRBR_HEALTH_CHECK_INTERVAL`.
    pub fn health_check_interval(mut self, interval: Duration) -> Self {
        self.settings.events.health_check_interval = Some(interval);
        self
    }

    /// How long a connection to the broker may take, and each of its answers.
    /// `CRBR_CONNECTION_TIMEOUT`.
    pub fn connection_timeout(mut self, timeout: Duration) -> Self {
        self.settings.events.connection_timeout = Some(timeout);
        self
    }

    /// How many attempts to connect fail before that is an error in the log.
    /// `CRBR_MAX_RETRIES`.
    pub fn max_retries(mut self, attempts: usize) -> Self {
        self.settings.events.max_retries = Some(attempts);
        self
    }

    /// How long it is until the first new attempt. `CRBR_RETRY_DELAY`.
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.settings.events.retry_delay = Some(delay);
        self
    }

    /// How events are written. `CRBR_EVENT_FORMAT`.
    pub fn event_format(mut self, format: EventFormat) -> Self {
        self.settings.events.format = Some(format);
        self
    }

    /// Where the event that the server has started is routed.
    /// `CRBR_ROUTING_KEY_DEPLOYMENT_STARTED`.
    pub fn routing_key_started(mut self, key: impl Into<String>) -> Self {
        self.settings.events.routing_key_started = Some(key.into());
        self
    }

    /// Where the event that the server is healthy is routed.
    /// `CRBR_ROUTING_KEY_DEPLOYMENT_HEALTHY`.
    pub fn routing_key_healthy(mut self, key: impl Into<String>) -> Self {
        self.settings.events.routing_key_healthy = Some(key.into());
        self
    }

    /// Where the event that the server has stopped is routed.
    /// `CRBR_ROUTING_KEY_DEPLOYMENT_STOPPED`.
    pub fn routing_key_stopped(mut self, key: impl Into<String>) -> Self {
        self.settings.events.routing_key_stopped = Some(key.into());
        self
    }
}
