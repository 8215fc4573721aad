//! The brokers, and which of them serves what.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use super::connection::Terms;
use super::error::error_of;
use super::{Connection, WireError};
use crate::bus::pulsar::authentication::Authentication;
use crate::bus::pulsar::dial::Dialer;
use crate::bus::pulsar::url::{BrokerUrl, ServiceUrl};
use crate::bus::pulsar::words::{LookupType, ServerError};

/// How many brokers may send a lookup on to another.
const REDIRECTS: usize = 20;

/// How brokers are reached.
#[derive(Clone, Debug)]
pub(in crate::bus::pulsar) struct BrokersConfig {
    pub(in crate::bus::pulsar) service: ServiceUrl,
    pub(in crate::bus::pulsar) dialer: Dialer,
    pub(in crate::bus::pulsar) authentication: Arc<Authentication>,
    pub(in crate::bus::pulsar) deadline: Duration,
    pub(in crate::bus::pulsar) keep_alive: Duration,
}

/// The brokers, with a connection to each that is needed. One is connected to once, however
/// many ask for it at once.
pub(in crate::bus::pulsar) struct Brokers {
    config: BrokersConfig,
    connections: Mutex<HashMap<Peer, Connecting>>,
    /// Which broker of the service was connected to last.
    turn: AtomicUsize,
}

type Connecting = Shared<BoxFuture<'static, Result<Connection, WireError>>>;

/// Whom a connection is to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Peer {
    to: BrokerUrl,
    /// The broker behind it, where it is a proxy.
    behind: Option<String>,
}

impl fmt::Debug for Brokers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Brokers")
            .field("service", &self.config.service)
            .finish_non_exhaustive()
    }
}

impl Brokers {
    pub(in crate::bus::pulsar) fn new(config: BrokersConfig) -> Self {
        Self {
            config,
            connections: Mutex::default(),
            turn: AtomicUsize::new(0),
        }
    }

    /// A connection to any broker, for what all of them know.
    pub(in crate::bus::pulsar) async fn any(&self) -> Result<Connection, WireError> {
        let brokers = self.config.service.brokers();
        let first = self.turn.load(Ordering::Relaxed);
        let mut failed = WireError::connection("the service URL names no broker");
        for n in 0..brokers.len() {
            let turn = first.wrapping_add(n);
            let Some(to) = turn
                .checked_rem(brokers.len())
                .and_then(|at| brokers.get(at))
            else {
                break;
            };
            let peer = Peer {
                to: to.clone(),
                behind: None,
            };
            match self.connection(peer).await {
                Ok(connection) => {
                    self.turn.store(turn, Ordering::Relaxed);
                    return Ok(connection);
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// A connection to the broker that serves a topic.
    pub(in crate::bus::pulsar) async fn of(&self, topic: &str) -> Result<Connection, WireError> {
        const WHAT: &str = "a lookup";
        let mut connection = self.any().await?;
        let mut authoritative = false;
        for _ in 0..REDIRECTS {
            let answer = connection.lookup(topic, authoritative).await?;
            let kind = answer.response.map(LookupType::try_from);
            if !matches!(kind, Some(Ok(LookupType::Connect | LookupType::Redirect))) {
                return Err(WireError::Refused {
                    what: WHAT,
                    error: error_of(answer.error.unwrap_or(ServerError::UnknownError.into())),
                    message: answer.message.unwrap_or_default(),
                });
            }
            let tls = self
                .config
                .service
                .brokers()
                .first()
                .is_some_and(|broker| broker.tls);
            let url = match tls {
                true => answer.broker_service_url_tls,
                false => answer.broker_service_url,
            };
            let senseless = |why: String| WireError::Senseless { what: WHAT, why };
            let url = url.filter(|url| !url.is_empty()).ok_or_else(|| {
                let kind = if tls { "pulsar+ssl://" } else { "pulsar://" };
                senseless(format!("it has no {kind} address"))
            })?;
            let peer = match answer.proxy_through_service_url {
                Some(true) => {
                    let brokers = self.config.service.brokers();
                    let turn = self.turn.load(Ordering::Relaxed);
                    let proxy = turn
                        .checked_rem(brokers.len())
                        .and_then(|at| brokers.get(at));
                    let to = proxy.ok_or_else(|| senseless("there is no proxy".to_owned()))?;
                    let authority = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                    Peer {
                        to: to.clone(),
                        behind: Some(authority.trim_end_matches('/').to_owned()),
                    }
                }
                _ => Peer {
                    to: url
                        .parse()
                        .map_err(|error| senseless(format!("{url:?}: {error}")))?,
                    behind: None,
                },
            };
            connection = self.connection(peer).await?;
            if matches!(kind, Some(Ok(LookupType::Connect))) {
                return Ok(connection);
            }
            authoritative = answer.authoritative.unwrap_or_default();
        }
        Err(WireError::Senseless {
            what: WHAT,
            why: format!("{REDIRECTS} brokers send it on to others"),
        })
    }

    /// Ends all connections.
    pub(in crate::bus::pulsar) fn close(&self) {
        let connections = std::mem::take(&mut *self.lock());
        for connecting in connections.into_values() {
            if let Some(Ok(connection)) = connecting.peek() {
                connection.close("the host has ended the connection");
            }
        }
    }

    async fn connection(&self, peer: Peer) -> Result<Connection, WireError> {
        let connecting = {
            let mut connections = self.lock();
            let usable = connections
                .get(&peer)
                .filter(|connecting| match connecting.peek() {
                    None => true,
                    Some(Ok(connection)) => !connection.is_closed(),
                    Some(Err(_)) => false,
                });
            match usable {
                Some(connecting) => connecting.clone(),
                None => {
                    // Brokers come and go: of those that went nothing is kept.
                    connections.retain(|_, connecting| match connecting.peek() {
                        None => true,
                        Some(Ok(connection)) => !connection.is_closed(),
                        Some(Err(_)) => false,
                    });
                    let connecting = self.connect(peer.clone());
                    connections.insert(peer.clone(), connecting.clone());
                    connecting
                }
            }
        };
        connecting.await
    }

    /// Connects, whether or not those who wait for it go away.
    fn connect(&self, peer: Peer) -> Connecting {
        let dialer = self.config.dialer.clone();
        let terms = Terms {
            authentication: Arc::clone(&self.config.authentication),
            behind: peer.behind,
            deadline: self.config.deadline,
            keep_alive: self.config.keep_alive,
        };
        let connected = tokio::spawn(async move {
            let stream = dialer.dial(&peer.to).await;
            let stream = stream.map_err(|error| WireError::connection(error.to_string()))?;
            Connection::open(stream, terms).await
        });
        async {
            let ended =
                |error: tokio::task::JoinError| Err(WireError::connection(error.to_string()));
            connected.await.unwrap_or_else(ended)
        }
        .boxed()
        .shared()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Peer, Connecting>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Brokers {
    fn drop(&mut self) {
        // What reads from a connection has it as long as it is open.
        self.close();
    }
}
