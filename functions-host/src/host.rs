//! The host, put together: the modules, the engine, the API, and the socket last, so that
//! whoever can connect is answered. It is taken apart in the other order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use functions_core::service::connections::{ConnectionLimits, Connections};
use functions_core::service::lifecycle::Shutdown;
use functions_core::service::listener;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::api::{self, App, AppConfig, Tenants};
use crate::config::Config;
use crate::engine::{Engine, EngineConfig, EngineError};
use crate::modules::{Modules, ModulesConfig, ModulesError};

/// A host that has its socket. Who connects by now waits until it is served.
#[derive(Debug)]
#[must_use = "whoever connects waits until the host is served"]
pub struct Host {
    app: Arc<App>,
    modules: Modules,
    listener: TcpListener,
    address: SocketAddr,
    config: Config,
}

/// Why a host does not start, or ends before its time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The modules cannot be opened.
    #[error(transparent)]
    Modules(#[from] ModulesError),
    /// The engine cannot be set up.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}; set FUNCTIONS_HOST_BIND and FUNCTIONS_HOST_PORT"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The process cannot listen for signals.
    #[error("cannot listen for signals: {0}")]
    Signals(io::Error),
    /// A second signal came while the first one's end was under way.
    #[error("ended at once by a second signal, with {0} requests unanswered")]
    Interrupted(usize),
}

/// Opens the modules, which brings the database up to date.
///
/// # Errors
/// They cannot be opened.
pub async fn open_modules(config: &Config) -> Result<Modules, HostError> {
    let mut modules = ModulesConfig::new(config.storage.modules(), config.storage.database());
    modules.max_bytes = config.requests.max_module_bytes;
    modules.timeout = config.requests.upload_timeout;
    modules.reserve = config.storage.disk_reserve_bytes;
    modules.at_once = config.requests.max_uploads;
    Ok(Modules::open(modules).await?)
}

impl Host {
    /// Puts a host together, and listens.
    ///
    /// # Errors
    /// See [`HostError`].
    pub async fn bind(config: Config) -> Result<Self, HostError> {
        let modules = open_modules(&config).await?;
        let app = AppConfig {
            max_module_bytes: config.requests.max_module_bytes,
            upload_timeout: config.requests.upload_timeout,
            max_body_bytes: config.requests.max_body_bytes,
            body_timeout: config.requests.body_timeout,
            limits: config.guests.limits(),
            tenants: Tenants {
                trust_gateway: config.trust_gateway,
                default: config.default_tenant.clone(),
            },
        };
        let engine = Engine::new(engine_config(&config))?;
        let app = Arc::new(App::new(modules.clone(), engine, app));
        let (bind, port) = (config.bind, config.port);
        let bound = listener::listen(&bind.to_string(), port).await;
        let (listener, address) = bound.map_err(|source| HostError::Bind {
            address: SocketAddr::new(bind, port),
            source,
        })?;
        Ok(Self {
            app,
            modules,
            listener,
            address,
            config,
        })
    }

    /// Where it listens. With port 0 the system has chosen the port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process is asked to end: SIGTERM or Ctrl-C. Then `/ready` says
    /// no, nobody new is let in, and what runs is finished, within the time that is set
    /// for it. A second signal ends at once.
    ///
    /// # Errors
    /// [`HostError::Signals`] and [`HostError::Interrupted`].
    pub async fn serve(self) -> Result<(), HostError> {
        let shutdown = Shutdown::new();
        let _signals = shutdown.on_signals().map_err(HostError::Signals)?;
        self.serve_until(&shutdown).await
    }

    /// Serves until `shutdown` is requested, whatever signals there are.
    ///
    /// # Errors
    /// [`HostError::Interrupted`].
    pub async fn serve_until(self, shutdown: &Shutdown) -> Result<(), HostError> {
        let connections = Connections::new(ConnectionLimits {
            max_connections: self.config.requests.max_connections,
            max_header_bytes: self.config.requests.max_header_bytes,
            idle_timeout: self.config.requests.header_timeout,
        });
        let router = api::router(Arc::clone(&self.app));
        let workers = Handle::current();
        let address = self.address;
        tracing::info!(%address, url = format!("http://{address}"), "Serving modules");
        tokio::select! {
            never = connections.serve(&self.listener, &router, &workers) => match never {},
            () = shutdown.requested() => {}
        }
        self.app.stop_being_ready();
        if let Err(error) = connections.close(self.listener, &router, &workers) {
            tracing::warn!(%error, "Callers who wait to be let in are turned away");
        }
        let cap = self.config.shutdown_timeout;
        let running = self.app.in_flight();
        tracing::info!(
            running,
            cap_seconds = cap.as_secs_f64(),
            "Stopping: finishing what runs"
        );
        let drain = connections.drain(self.app.drained());
        let ended = tokio::select! {
            drained = timeout(cap, drain) => {
                if drained.is_err() {
                    let running = self.app.in_flight();
                    tracing::warn!(running, "The time to stop is over: what still runs is cut off");
                }
                Ok(())
            }
            () = shutdown.requested_at_once() => Err(HostError::Interrupted(self.app.in_flight())),
        };
        connections.abort();
        self.modules.close().await;
        tracing::info!("Stopped");
        ended
    }
}

fn engine_config(config: &Config) -> EngineConfig {
    let mut engine = EngineConfig::new(config.storage.artifacts());
    engine.artifacts_bytes = config.storage.artifacts_bytes;
    engine.executions = config.guests.max_executions;
    engine.executions_per_tenant = config.guests.max_executions_per_tenant;
    engine.max_wait = config.guests.max_wait;
    engine.max_memory = engine.max_memory.max(config.guests.limit_memory_bytes);
    engine.bounds.bytes = config.requests.max_module_bytes;
    engine
}
