//! Connections to brokers.
//!
//! They go where the operator and his brokers say, so no policy stands before them as it
//! does before what is opened for tenants. What they have is a time: a host that is black,
//! with any number of addresses, is given up when it is over.

mod error;

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

pub use self::error::DialError;
use self::error::{at, late, said};
use super::tls::{For, Tls, TlsConfig};
use super::url::BrokerUrl;

/// How long the name and the connection may take, and then TLS as long again.
const DEADLINE: Duration = Duration::from_secs(5);

/// How many addresses of one name are tried.
const TRIED: usize = 4;

/// How many lookups the system does at once. Each holds a thread until it ends, which may
/// be long after whoever asked has gone.
const LOOKUPS: usize = 8;

/// A connection, with or without TLS.
pub(super) type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// Makes connections. Clones are cheap.
#[derive(Clone)]
pub(super) struct Dialer {
    tls: Arc<Tls>,
    lookups: Arc<Semaphore>,
}

impl Dialer {
    /// Connects to brokers and their admin API.
    pub(super) fn new(tls: TlsConfig) -> Self {
        Self::to(For::Brokers, tls)
    }

    /// Connects to `whom`.
    pub(super) fn to(whom: For, tls: TlsConfig) -> Self {
        Self {
            tls: Arc::new(Tls::new(tls, whom)),
            lookups: Arc::new(Semaphore::new(LOOKUPS)),
        }
    }

    pub(super) async fn dial(&self, broker: &BrokerUrl) -> Result<Stream, DialError> {
        self.open(&broker.host, broker.port, broker.tls).await
    }

    /// Connects to a port of a host.
    pub(super) async fn open(
        &self,
        host: &str,
        port: u16,
        is_secure: bool,
    ) -> Result<Stream, DialError> {
        let connection = self.connect(host, port).await?;
        if !is_secure {
            return Ok(Either::Left(connection));
        }
        let secure = self.secure(connection, host, port).await?;
        Ok(Either::Right(Box::new(secure)))
    }

    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, DialError> {
        let until = Instant::now() + DEADLINE;
        let addresses = timeout_at(until, self.addresses(host)).await;
        let addresses = addresses.map_err(|_| late(host, port))?;
        let addresses = addresses.ok_or_else(|| DialError::Unresolved(host.to_owned()))?;
        connect(&addresses, port, until)
            .await
            .map_err(|what| match what {
                io::ErrorKind::TimedOut => late(host, port),
                what => DialError::Unreachable {
                    at: at(host, port),
                    what,
                },
            })
    }

    /// The addresses of a host, at least one.
    async fn addresses(&self, host: &str) -> Option<Vec<IpAddr>> {
        if let Ok(address) = host.parse() {
            return Some(vec![address]);
        }
        let turn = Arc::clone(&self.lookups).acquire_owned().await.ok()?;
        let name = host.to_owned();
        let look_up = move || {
            let found = (name.as_str(), 0).to_socket_addrs().ok()?;
            drop(turn);
            Some(found.map(|address| address.ip()).take(TRIED).collect())
        };
        let found: Vec<_> = spawn_blocking(look_up).await.ok()??;
        (!found.is_empty()).then_some(found)
    }

    async fn secure(
        &self,
        connection: TcpStream,
        host: &str,
        port: u16,
    ) -> Result<TlsStream<TcpStream>, DialError> {
        let trouble = |what| DialError::Tls {
            at: at(host, port),
            what,
        };
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| trouble("no certificate can be for such a name".to_owned()))?;
        let config = self.tls.config().await?;
        let handshake = TlsConnector::from(config).connect(name, connection);
        let secure = timeout(DEADLINE, handshake).await;
        let secure = secure.map_err(|_| late(host, port))?;
        secure.map_err(|error| trouble(said(&error)))
    }
}

/// Connects to one of these, each of which has its share of the time that is left.
async fn connect(
    addresses: &[IpAddr],
    port: u16,
    until: Instant,
) -> Result<TcpStream, io::ErrorKind> {
    let mut what = io::ErrorKind::TimedOut;
    let shares = (1..=addresses.len()).rev();
    for (address, share) in addresses.iter().zip(shares) {
        let left = until.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(share).unwrap_or(u32::MAX);
        let connection = TcpStream::connect(SocketAddr::new(*address, port));
        match timeout(share, connection).await {
            Ok(Ok(connection)) => {
                // Where it cannot be had, packets are put together as usual.
                let _ = connection.set_nodelay(true);
                return Ok(connection);
            }
            Ok(Err(error)) => what = error.kind(),
            Err(_) => what = io::ErrorKind::TimedOut,
        }
    }
    Err(what)
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
