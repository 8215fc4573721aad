//! The brokers, and which of them serves what.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use tokio::sync::watch;
use tokio::time::sleep;

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
    /// How often brokers were away and are there again, and why they are away if they are.
    reached: watch::Sender<Reached>,
}

/// Whether brokers can be reached.
#[derive(Clone, Debug, Default)]
struct Reached {
    times: u64,
    away: Option<WireError>,
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
            reached: watch::Sender::default(),
        }
    }

    /// A broker is there.
    fn is_reached(&self) {
        self.reached.send_if_modified(|reached| {
            let was_away = reached.away.take().is_some();
            reached.times += u64::from(was_away);
            was_away
        });
    }

    /// Why no broker could be reached when that was tried last, if it could not.
    pub(in crate::bus::pulsar) fn away(&self) -> Option<WireError> {
        self.reached.borrow().away.clone()
    }

    /// Looks now and then whether a broker is there again, where none could be reached: more
    /// often than all those try who wait for one. Where brokers are there and let nobody in
    /// they are not pressed.
    pub(in crate::bus::pulsar) async fn look_out(&self, pause: Duration) {
        let mut reached = self.reached.subscribe();
        let is_out_of_reach = |reached: &Reached| {
            let away = reached.away.as_ref();
            away.is_some_and(|error| error.refusal().is_none())
        };
        while reached.wait_for(is_out_of_reach).await.is_ok() {
            sleep(pause).await;
            // Whether it is there is heard by those who wait.
            let _ = self.any().await;
        }
    }

    /// Waits for so long, and where a broker is reached meanwhile that could not be before, a
    /// part of `least` at most: who waits since there was none need wait no longer, and all
    /// who do so do not come at once.
    pub(in crate::bus::pulsar) async fn wait(&self, pause: Duration, least: Duration) {
        let mut reached = self.reached.subscribe();
        let times = reached.borrow().times;
        // It fails only where the brokers are gone, which are borrowed.
        let reached = async { reached.wait_for(|it| it.times != times).await.is_ok() };
        tokio::select! {
            () = sleep(pause) => {}
            _ = reached => {
                sleep(least.mul_f64(fastrand::f64()).min(pause)).await;
            }
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
                    self.is_reached();
                    return Ok(connection);
                }
                Err(error) => failed = error,
            }
        }
        self.reached
            .send_modify(|reached| reached.away = Some(failed.clone()));
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::{Brokers, BrokersConfig, WireError};
    use crate::bus::pulsar::TlsConfig;
    use crate::bus::pulsar::dial::Dialer;

    const LONG: Duration = Duration::from_secs(30);
    const SHORT: Duration = Duration::from_secs(1);

    /// Brokers that nobody connects to.
    fn brokers() -> Brokers {
        Brokers::new(BrokersConfig {
            service: "pulsar://127.0.0.1:1".parse().unwrap(),
            dialer: Dialer::new(TlsConfig::default()),
            authentication: Arc::default(),
            deadline: LONG,
            keep_alive: LONG,
        })
    }

    fn are_away(brokers: &Brokers) {
        let why = WireError::connection("nobody is there");
        brokers.reached.send_modify(|it| it.away = Some(why));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_broker_comes_soon_after_it_is_there_and_all_not_at_once() {
        let brokers = Arc::new(brokers());
        are_away(&brokers);
        assert!(brokers.away().is_some());
        let begun = Instant::now();
        let waits = (0..100).map(|_| {
            let brokers = Arc::clone(&brokers);
            tokio::spawn(async move {
                brokers.wait(LONG, SHORT).await;
                begun.elapsed()
            })
        });
        let waits: Vec<_> = waits.collect();
        sleep(5 * SHORT).await;
        // It still is away, for another reason.
        are_away(&brokers);
        sleep(5 * SHORT).await;
        brokers.is_reached();
        assert!(brokers.away().is_none());
        // That it is there is no news.
        brokers.is_reached();
        let mut waited = Vec::new();
        for wait in waits {
            waited.push(wait.await.unwrap());
        }
        waited.sort_unstable();
        assert!(waited[0] >= 10 * SHORT && waited[99] <= 11 * SHORT);
        assert!(waited[99] - waited[0] > SHORT / 4, "{waited:?}");

        let begun = Instant::now();
        brokers.wait(LONG, SHORT).await;
        assert_eq!(begun.elapsed(), LONG);
    }
}
