//! The host, put together: the modules, the bus, the history, the engine, the API, the
//! socket, so that whoever can connect is answered, and then the worker. It is taken apart
//! in the other order.

mod deploying;
mod letters;
mod lock;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use functions_core::service::connections::{ConnectionLimits, Connections};
use functions_core::service::lifecycle::Shutdown;
use functions_core::service::listener;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::api::{self, App, AppConfig, Rooms, Tenants};
use crate::assets::{Assets, AssetsError};
use crate::bus::{Bus, BusError, Embedded, EmbeddedConfig, Pulsar};
use crate::config::{Config, EventSettings};
use crate::database::{Database, DatabaseError, Outlives};
use crate::egress::Client;
use crate::engine::{Engine, EngineConfig, EngineError, HttpConfig, Share};
use crate::executions::{Executions, ExecutionsConfig, ExecutionsError, PostgresHistory};
use crate::knative::{ClusterError, InvalidOptions, NoNamespace, WaitError};
use crate::metrics::Metrics;
use crate::modules::{Modules, ModulesConfig, ModulesError};
use crate::policy::{Allowance, Policy, TenantsError};
use crate::worker::{Worker, WorkerConfig};
pub use deploying::deploy;
pub use letters::dead_letters;
use lock::Lock;
pub use lock::LockError;

/// A host that has its socket. Who connects by now waits until it is served.
#[derive(Debug)]
#[must_use = "whoever connects waits until the host is served"]
pub struct Host {
    app: Arc<App>,
    worker: Worker,
    modules: Modules,
    database: Database,
    listener: TcpListener,
    address: SocketAddr,
    config: Config,
    _lock: Lock,
}

/// Why a host does not start, or ends before its time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// Another host is at work.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Assets cannot be fetched as it is set.
    #[error(transparent)]
    Assets(#[from] AssetsError),
    /// The database of events cannot be opened.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The bus cannot be opened.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The history cannot be opened.
    #[error(transparent)]
    Executions(#[from] ExecutionsError),
    /// The modules cannot be opened.
    #[error(transparent)]
    Modules(#[from] ModulesError),
    /// The engine cannot be set up.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The file of tenants cannot be used.
    #[error("FUNCTIONS_HOST_TENANTS: {0}")]
    Tenants(#[from] TenantsError),
    /// There is no dead letter of this id.
    #[error("there is no dead letter '{0}'; see `functions-host dead-letters list`")]
    NoLetter(String),
    /// What is to be deployed cannot be understood, or is out of bounds.
    #[error(transparent)]
    Options(#[from] InvalidOptions),
    /// No namespace comes of the tenant's name.
    #[error(transparent)]
    Namespace(#[from] NoNamespace),
    /// The cluster does not do what is asked of it.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// What was deployed is not ready.
    #[error(transparent)]
    NotReady(#[from] WaitError),
    /// A manifest cannot be written.
    #[error("the manifest cannot be written: {0}")]
    Manifest(String),
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

/// Brings the databases up to date.
///
/// # Errors
/// They cannot be opened.
pub async fn migrate(config: &Config) -> Result<(), HostError> {
    Modules::migrate(&modules_config(config)).await?;
    open_events(config).await?.close().await;
    Ok(())
}

fn modules_config(config: &Config) -> ModulesConfig {
    let mut modules = ModulesConfig::new(config.storage.modules(), config.storage.registry());
    modules.max_bytes = config.requests.max_module_bytes;
    modules.timeout = config.requests.upload_timeout;
    modules.grace = modules.grace.max(modules.timeout * 4);
    modules.reserve = config.storage.disk_reserve_bytes;
    modules.at_once = config.requests.max_uploads;
    modules
}

async fn open_events(config: &Config) -> Result<Database, HostError> {
    // A broker sends again what was not acknowledged, whatever is remembered of it here.
    let outlive = match config.pulsar.pulsar() {
        Some(_) => Outlives::Process,
        None => Outlives::Machine,
    };
    Ok(Database::open_to(outlive, &config.storage.events()).await?)
}

impl Host {
    /// Puts a host together, and listens.
    ///
    /// # Errors
    /// See [`HostError`].
    pub async fn bind(config: Config) -> Result<Self, HostError> {
        let policy = config.guests.policy()?;
        // A second host would take what the first one has in hand.
        let lock = Lock::of(&config.storage.data_dir)?;
        let modules = Modules::open(modules_config(&config)).await?;
        let database = open_events(&config).await?;
        let executions = open_history(&config, &database, &modules).await?;
        let bus = open_bus(&config, &policy, &database).await?;
        let engine = Engine::new(engine_config(&config, &policy))?;
        let metrics = Arc::new(Metrics::default());
        let worker = Worker {
            bus: Arc::clone(&bus),
            executions: executions.clone(),
            modules: modules.clone(),
            assets: Assets::new(config.assets.assets(&config.egress))?,
            engine: engine.clone(),
            policy: policy.clone(),
            metrics: Arc::clone(&metrics),
            config: WorkerConfig {
                max_attempts: config.events.max_attempts,
                in_flight: config.events.max_in_flight,
            },
        };
        let app = AppConfig {
            max_module_bytes: config.requests.max_module_bytes,
            upload_timeout: config.requests.upload_timeout,
            max_body_bytes: config.requests.max_body_bytes,
            body_timeout: config.requests.body_timeout,
            policy,
            max_input_bytes: config.events.max_input_bytes,
            max_streams: config.events.max_streams,
            metrics: config
                .metrics
                .metrics
                .then_some(config.metrics.metrics_tenants),
            tenants: Tenants {
                trust_gateway: config.trust_gateway,
                default: config.default_tenant.clone(),
            },
        };
        let rooms = Rooms {
            modules: modules.clone(),
            engine,
            bus,
            executions,
            deployer: config.cluster.deployer(),
            metrics,
        };
        let app = Arc::new(App::new(rooms, app));
        let (bind, port) = (config.bind, config.port);
        let bound = listener::listen(&bind.to_string(), port).await;
        let (listener, address) = bound.map_err(|source| HostError::Bind {
            address: SocketAddr::new(bind, port),
            source,
        })?;
        Ok(Self {
            app,
            worker,
            modules,
            database,
            listener,
            address,
            config,
            _lock: lock,
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
        let bus = Arc::clone(&self.worker.bus);
        let executions = self.worker.executions.clone();
        let working = self.worker.start();
        let address = self.address;
        tracing::info!(%address, url = listener::url_of(address), "Serving modules");
        tokio::select! {
            never = connections.serve(&self.listener, &router, &workers) => match never {},
            () = shutdown.requested() => {}
        }
        self.app.stop_being_ready();
        working.stop();
        bus.stop();
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
        let drain = async {
            tokio::join!(connections.drain(self.app.drained()), working.stopped());
        };
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
        working.cut_off().await;
        bus.close().await;
        if let Err(error) = executions.settle().await {
            tracing::error!(%error, "What ran last could not be written down");
        }
        executions.close().await;
        self.modules.close().await;
        self.database.close().await;
        tracing::info!("Stopped");
        ended
    }
}

/// The bus: Pulsar where one is named, and that in the database where none is.
async fn open_bus(
    config: &Config,
    policy: &Policy,
    database: &Database,
) -> Result<Arc<dyn Bus>, HostError> {
    if let Some(mut pulsar) = config.pulsar.pulsar() {
        pulsar.in_flight_per_tenant = config.events.max_in_flight_per_tenant;
        return Ok(Arc::new(Pulsar::open(pulsar)));
    }
    let bus = bus_config(&config.events, policy);
    Ok(Arc::new(Embedded::open(database.clone(), bus).await?))
}

fn bus_config(events: &EventSettings, policy: &Policy) -> EmbeddedConfig {
    let backlog = |allowance: &Allowance| {
        let backlog = allowance.max_backlog?;
        u64::try_from(backlog).ok()
    };
    let of_others = backlog(policy.others());
    EmbeddedConfig {
        max_backlog: events.max_backlog,
        max_backlog_per_tenant: of_others.unwrap_or(events.max_backlog_per_tenant),
        max_backlog_of: policy
            .named()
            .filter_map(|(tenant, allowance)| Some((tenant.clone(), backlog(allowance)?)))
            .collect(),
        max_bytes: events.max_backlog_bytes,
        max_bytes_per_tenant: events.max_backlog_bytes_per_tenant,
        in_flight_per_tenant: events.max_in_flight_per_tenant,
        max_dead_letters: events.max_dead_letters,
        ..EmbeddedConfig::default()
    }
}

/// The history, which hosts share that share a PostgreSQL.
async fn open_history(
    config: &Config,
    database: &Database,
    modules: &Modules,
) -> Result<Executions, ExecutionsError> {
    let (database, bounds) = (database.clone(), history(&config.events));
    match modules.lines() {
        None => Executions::open(database, bounds).await,
        Some(lines) => {
            let shared = Box::new(PostgresHistory::new(lines.clone()));
            Executions::open_shared(database, bounds, shared).await
        }
    }
}

fn history(events: &EventSettings) -> ExecutionsConfig {
    ExecutionsConfig {
        most: events.history_max,
        bytes: events.history_bytes,
        age: events.history_days,
    }
}

fn engine_config(config: &Config, policy: &Policy) -> EngineConfig {
    let guests = &config.guests;
    let (memory, table) = policy.greatest();
    let share = |allowance: &Allowance| Share {
        executions: allowance
            .max_executions
            .unwrap_or(guests.max_executions_per_tenant),
        waiting: allowance
            .max_waiting
            .unwrap_or(guests.max_waiting_per_tenant),
    };
    let others = share(policy.others());
    let mut engine = EngineConfig::new(config.storage.artifacts());
    engine.artifacts_bytes = config.storage.artifacts_bytes;
    engine.executions = guests.max_executions;
    engine.executions_per_tenant = others.executions;
    engine.waiting_per_tenant = others.waiting;
    engine.shares = policy
        .named()
        .map(|(tenant, allowance)| (tenant.clone(), share(allowance)))
        .collect();
    engine.max_wait = guests.max_wait;
    engine.max_memory = engine.max_memory.max(memory);
    engine.max_table = engine.max_table.max(table);
    engine.compiler.cpu_time = guests.compile_cpu_time;
    engine.compiler.wall_clock = guests.compile_timeout;
    engine.compiler.memory = guests.compile_memory_bytes;
    engine.bounds.bytes = config.requests.max_module_bytes;
    let mut http = HttpConfig::new(Client::new(config.egress.client()));
    http.requests = config.egress.limit_http_requests;
    http.bytes = config.egress.limit_http_bytes;
    engine.http = Some(http);
    engine
}
