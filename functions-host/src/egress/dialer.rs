//! Connections to where the policy lets them go.
//!
//! A name is looked up once, each of its addresses is put to the policy, and the connection
//! goes to the very address that has passed. A name that says something else a moment
//! later, a literal in a strange spelling, another hop: all take this one way.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::host::Host;
use super::policy::{Policy, Refused};
use super::resolver::Resolve;

/// How many addresses of one name are tried.
const TRIED: usize = 4;

/// Makes connections.
#[derive(Clone, Debug)]
pub(super) struct Dialer {
    policy: Arc<Policy>,
    resolver: Arc<dyn Resolve>,
    timeout: Duration,
}

/// Why there is no connection.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// It may not be made.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The address that was asked for has no host, or one that is neither name nor address.
    #[error("`{0}` is neither the name of a host nor an address")]
    NoHost(String),
    /// The name has no address, or nobody could tell.
    #[error("the name {0} cannot be resolved")]
    Unresolved(Host),
    /// Nobody answers there.
    #[error("{host} at port {port} cannot be reached: {what}")]
    Unreachable {
        /// The host.
        host: Host,
        /// Its port.
        port: u16,
        /// What the system says.
        what: io::ErrorKind,
    },
    /// Name, connection and TLS took too long.
    #[error("{host} at port {port} was not reached within {within:?}")]
    TimedOut {
        /// The host.
        host: Host,
        /// Its port.
        port: u16,
        /// How long it may take.
        within: Duration,
    },
    /// There is no TLS with it.
    #[error("no secure connection with {host} at port {port}: {what}")]
    Tls {
        /// The host.
        host: Host,
        /// Its port.
        port: u16,
        /// What is wrong.
        what: String,
    },
}

impl Dialer {
    pub(super) fn new(policy: Policy, resolver: Arc<dyn Resolve>, timeout: Duration) -> Self {
        Self {
            policy: Arc::new(policy),
            resolver,
            timeout,
        }
    }

    /// How long a connection may take to be made.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) async fn dial(&self, host: &Host, port: u16) -> Result<TcpStream, DialError> {
        let addresses = self.addresses(host, port).await?;
        let share = self.timeout / u32::try_from(addresses.len()).unwrap_or(1).max(1);
        let mut what = io::ErrorKind::NotFound;
        for address in addresses {
            let connection = TcpStream::connect(SocketAddr::new(address, port));
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
        Err(DialError::Unreachable {
            host: host.clone(),
            port,
            what,
        })
    }

    /// The addresses that have passed the policy, at least one.
    async fn addresses(&self, host: &Host, port: u16) -> Result<Vec<IpAddr>, DialError> {
        self.policy.check_name(host, port)?;
        let found = match host {
            Host::Address(address) => vec![*address],
            Host::Name(name) => {
                let found = self.resolver.resolve(name.clone()).await;
                let found = found.unwrap_or_default();
                if found.is_empty() {
                    return Err(DialError::Unresolved(host.clone()));
                }
                found
            }
        };
        let mut passed = Vec::new();
        let mut refused = None;
        for address in found {
            match self.policy.check(host, port, address) {
                Ok(()) => passed.push(address.to_canonical()),
                Err(error) => refused = Some(error),
            }
        }
        match refused {
            Some(refused) if passed.is_empty() => Err(refused.into()),
            _ => {
                passed.truncate(TRIED);
                Ok(passed)
            }
        }
    }
}
