//! A server that listens: served, and drained.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout, timeout_at};

use super::own_log::OwnLog;
use super::pulse::Pulse;
use super::{Error, Prepared, Result, announce};
use crate::events::{Announcer, Announcing};
use crate::service::connections::{ConnectionLimits, Connections};
use crate::service::lifecycle::Shutdown;
use crate::service::listener;

/// How long before the hard cap executions are told that their time is over, at most.
const LONGEST_NOTICE: Duration = Duration::from_secs(1);

/// A server that has its socket. Who connects by now waits until it is served.
#[derive(Debug)]
#[must_use = "whoever connects waits until the server is served"]
pub struct BoundServer {
    prepared: Prepared,
    listener: TcpListener,
    address: SocketAddr,
    log: Option<OwnLog>,
}

impl BoundServer {
    pub(super) async fn new(prepared: Prepared, log: Option<OwnLog>) -> Result<Self> {
        let config = &prepared.config;
        let bound = listener::listen(&config.host, config.port).await;
        let (listener, address) = bound.map_err(|source| Error::Bind {
            address: format!("{}:{}", config.host, config.port),
            source,
        })?;
        Ok(Self {
            prepared,
            listener,
            address,
            log,
        })
    }

    /// A server that leaves logs to its program.
    pub(crate) async fn without_log(prepared: Prepared) -> Result<Self> {
        Self::new(prepared, None).await
    }

    /// Where it listens. With port 0 the system has chosen the port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process is asked to end: SIGTERM or Ctrl-C.
    ///
    /// From then on `/ready` says no. Who comes within `CRBR_FUNCTIONS_SHUTDOWN_DELAY` is
    /// let in and answered. Then nobody new is, and what runs is finished,
    /// within the hard cap of `CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT`. What runs for longer
    /// has its cancellation fired shortly before the cap, a tenth of it but a second
    /// at most, and is cut off at the cap. A second signal ends at once.
    ///
    /// # Errors
    /// [`Error::System`] where the process cannot listen for signals,
    /// [`Error::Interrupted`] after a second signal.
    pub async fn serve(self) -> Result<()> {
        self.serve_on(Handle::current()).await
    }

    /// The same, with calls answered on another runtime than the one that lets them
    /// in, hears the signals and keeps to the cap: those go on whatever functions do
    /// to their threads.
    pub(super) async fn serve_on(self, workers: Handle) -> Result<()> {
        let shutdown = Shutdown::new();
        let _signals = shutdown.on_signals().map_err(|source| Error::System {
            what: "listen for signals",
            source,
        })?;
        self.serve_until(&shutdown, workers).await
    }

    /// Serves until `shutdown` is requested, whatever signals there are.
    pub(crate) async fn serve_until(self, shutdown: &Shutdown, workers: Handle) -> Result<()> {
        let Self {
            mut prepared,
            listener,
            address,
            log,
        } = self;
        let announcer = prepared.announcer.take();
        let config = &prepared.config;
        let connections = Connections::new(ConnectionLimits {
            max_connections: config.max_connections,
            max_header_bytes: config.max_header_bytes,
            idle_timeout: config.header_timeout,
        });
        let _pulse = Pulse::start(prepared.executor(), &workers)?;
        let front = prepared.front();
        announce::started(&prepared, address, log.as_ref().map(|log| log.format));
        let announcing = announcer.map(Announcer::start);
        let closing = async {
            shutdown.requested().await;
            prepared.app.stop_being_ready();
            stay(config.shutdown_delay, shutdown).await;
        };
        tokio::select! {
            never = connections.serve(&listener, &front, &workers) => match never {},
            () = closing => {}
        }
        if let Err(source) = connections.close(listener, &front, &workers) {
            tracing::warn!(error = %source, "Callers who wait to be let in are turned away");
        }
        let goodbye = announcing.map(Announcing::stop);
        let executor = prepared.executor();
        announce::draining(executor.in_flight(), config.shutdown_timeout);
        let cap = Instant::now() + config.shutdown_timeout;
        let notice = (config.shutdown_timeout / 10).min(LONGEST_NOTICE);
        let mut drain = pin!(connections.drain(executor.drained()));
        let in_time = async {
            if timeout_at(cap - notice, &mut drain).await.is_err() {
                announce::cut_off(executor.in_flight());
                executor.cancel_all();
                // They may not make it; that is said already.
                let _ = timeout_at(cap, drain).await;
            }
            if let Some(goodbye) = goodbye {
                goodbye.await;
            }
        };
        let drained = tokio::select! {
            () = in_time => Ok(()),
            () = shutdown.requested_at_once() => Err(Error::Interrupted {
                running: executor.in_flight(),
            }),
        };
        executor.cancel_all();
        connections.abort();
        announce::stopped();
        drop(log);
        drained
    }
}

/// Waits while callers are still let in.
async fn stay(delay: Duration, shutdown: &Shutdown) {
    if !delay.is_zero() {
        announce::staying(delay);
        // Whoever wants an end at once waits for nothing.
        let _ = timeout(delay, shutdown.requested_at_once()).await;
    }
}
