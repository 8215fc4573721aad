//! Events on RabbitMQ, over AMQP 0-9-1.
//!
//! A session is one connection with one channel. The channel is in confirm mode, and
//! every message is mandatory: the broker says of each that it keeps it, or that no
//! queue takes it. Connecting anew is not done here: it is for whoever asks for
//! sessions.
//!
//! The library that speaks the protocol runs a thread for each connection, and that
//! thread goes on when nobody waits for the connection any more. So this room opens the
//! socket by itself and keeps a hand on it ([`Plug`](plug::Plug)): whoever gives up,
//! whenever that is, ends the socket, and with it the thread.

mod broker;
mod connection;
mod deadline;
mod exchange;
mod plug;
mod properties;
mod session;
mod tls;
mod trouble;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{PublishError, Publisher};
use broker::Broker;
use deadline::Deadline;
pub use session::RabbitMqSession;

/// Publishes events on a topic exchange of RabbitMQ.
///
/// ```no_run
/// use functions_core::FunctionServer;
/// use functions_core::events::RabbitMq;
///
/// fn main() -> functions_core::Result<()> {
///     let broker = RabbitMq::new("broker.example", "orders", "correct horse").tls(true);
///     FunctionServer::new().publisher(broker).start()
/// }
/// ```
///
/// User name, password and virtual host are taken as they are: nothing in them is to
/// be encoded. The exchange is declared as a durable topic exchange. A user who may not
/// declare one may publish on one that is there.
#[derive(Clone)]
pub struct RabbitMq {
    broker: Broker,
    password: String,
    ca_file: Option<PathBuf>,
    heartbeat: Duration,
    connection_timeout: Duration,
}

impl RabbitMq {
    /// The broker at `hostname`, a name or an IP address without a port, and one of its
    /// users.
    #[must_use]
    pub fn new(
        hostname: impl Into<String>,
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        Self {
            broker: Broker::new(hostname.into(), username.into()),
            password: password.into(),
            ca_file: None,
            heartbeat: Duration::from_secs(10),
            connection_timeout: Duration::from_secs(10),
        }
    }

    /// The port of the broker; 5672 unless set, and 5671 with TLS.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.broker.port = Some(port);
        self
    }

    /// The virtual host; `/` unless set. 255 bytes at most.
    #[must_use]
    pub fn vhost(mut self, vhost: impl Into<String>) -> Self {
        self.broker.vhost = vhost.into();
        self
    }

    /// The exchange to publish on; `event.exchange` unless set. 255 bytes at most.
    #[must_use]
    pub fn exchange(mut self, exchange: impl Into<String>) -> Self {
        self.broker.exchange = exchange.into();
        self
    }

    /// Whether the connection is encrypted, and the broker has to show a certificate
    /// for its host name. It is not, unless set. Needs the feature `rabbitmq-tls`.
    #[must_use]
    pub fn tls(mut self, tls: bool) -> Self {
        self.broker.tls = tls;
        self
    }

    /// A file with certificates in PEM: with TLS, a broker is trusted where one of them
    /// vouches for it. Unless set, the authorities are those that the system trusts.
    /// The file is read again for each connection.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// How often each side has to be heard from: after twice this time without a word
    /// the connection is lost. 10 seconds unless set; from 1 second to 18 hours, in
    /// whole seconds (a part of one counts as one). The broker may ask for less.
    #[must_use]
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.heartbeat = interval;
        self
    }

    /// How long one attempt to connect may take, from the look-up of the host name to
    /// the declared exchange. 10 seconds unless set.
    #[must_use]
    pub fn connection_timeout(mut self, timeout: Duration) -> Self {
        self.connection_timeout = timeout;
        self
    }
}

impl Publisher for RabbitMq {
    type Session = RabbitMqSession;

    fn target(&self) -> String {
        self.broker.to_string()
    }

    async fn connect(&self) -> Result<RabbitMqSession, PublishError> {
        let exchange = self.broker.check()?;
        let deadline = Deadline::after(self.connection_timeout, &self.broker);
        let (connection, plug) = connection::open(self, &deadline).await?;
        RabbitMqSession::begin(connection, plug, &self.broker, exchange, &deadline).await
    }
}

/// Without the password.
impl fmt::Debug for RabbitMq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitMq")
            .field("target", &self.target())
            .field("username", &self.broker.username)
            .field("ca_file", &self.ca_file)
            .field("heartbeat", &self.heartbeat)
            .field("connection_timeout", &self.connection_timeout)
            .finish_non_exhaustive()
    }
}
