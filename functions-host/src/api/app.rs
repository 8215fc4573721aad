//! What the handlers share.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use functions_core::service::body::BodyLimits;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::metrics::Seen;
use super::problem::Problem;
use super::tenants::Tenants;
use crate::bus::Bus;
use crate::egress::HostPattern;
use crate::engine::{Engine, Inspected, Refusal};
use crate::executions::Executions;
use crate::knative::Deployer;
use crate::metrics::Metrics;
use crate::modules::Modules;
use crate::policy::Policy;

/// What bounds the requests of a host.
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// How many bytes a module may have.
    pub max_module_bytes: u64,
    /// How long an upload may take until it is all there.
    pub upload_timeout: Duration,
    /// How many bytes any other body may have.
    pub max_body_bytes: usize,
    /// How long such a body may take until it is all there.
    pub body_timeout: Duration,
    /// How many bytes of input may be sent along with a request that is to wait.
    pub max_input_bytes: usize,
    /// How many may follow the stream of completions at once.
    pub max_streams: usize,
    /// How many tenants are told of by name at `/metrics`; `None` where there is no such
    /// page.
    pub metrics: Option<usize>,
    /// What an execution may take and have.
    pub policy: Policy,
    /// For whom requests are.
    pub tenants: Tenants,
}

/// What the API stands in front of.
#[derive(Clone, Debug)]
pub struct Rooms {
    /// The registry.
    pub modules: Modules,
    /// What runs modules.
    pub engine: Engine,
    /// Where requests wait.
    pub bus: Arc<dyn Bus>,
    /// What became of them.
    pub executions: Executions,
    /// What deploys functions on a cluster.
    pub deployer: Deployer,
    /// What counts how it goes.
    pub metrics: Arc<Metrics>,
}

/// What the handlers share.
#[derive(Debug)]
pub struct App {
    pub(super) modules: Modules,
    pub(super) engine: Engine,
    pub(super) policy: Policy,
    pub(super) bus: Arc<dyn Bus>,
    pub(super) executions: Executions,
    pub(super) deployer: Deployer,
    pub(super) metrics: Arc<Metrics>,
    pub(super) named_in_metrics: Option<usize>,
    pub(super) seen: Seen,
    pub(super) max_input_bytes: usize,
    pub(super) streams: Arc<Semaphore>,
    pub(super) tenants: Tenants,
    pub(super) bodies: BodyLimits,
    pub(super) max_module_bytes: u64,
    pub(super) upload_timeout: Duration,
    pub(super) running: TaskTracker,
    /// Whoever waits for something that may take long waits until this at most.
    pub(super) stopping: CancellationToken,
    /// A look at a module keeps a processor busy: as many at once as there are.
    looks: Semaphore,
}

impl App {
    /// What the handlers in front of these rooms share.
    #[must_use]
    pub fn new(rooms: Rooms, config: AppConfig) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            modules: rooms.modules,
            engine: rooms.engine,
            policy: config.policy,
            bus: rooms.bus,
            executions: rooms.executions,
            deployer: rooms.deployer,
            metrics: rooms.metrics,
            named_in_metrics: config.metrics,
            seen: Seen::default(),
            max_input_bytes: config.max_input_bytes,
            streams: Arc::new(Semaphore::new(
                config.max_streams.min(Semaphore::MAX_PERMITS),
            )),
            tenants: config.tenants,
            bodies: BodyLimits::new(config.max_body_bytes, config.body_timeout),
            max_module_bytes: config.max_module_bytes,
            upload_timeout: config.upload_timeout,
            running: TaskTracker::new(),
            stopping: CancellationToken::new(),
            looks: Semaphore::new(cores),
        }
    }

    /// Lets `/ready` say no from now on, and ends streams and waits for outcomes.
    pub fn stop_being_ready(&self) {
        self.stopping.cancel();
    }

    /// Whether requests are welcome, and a word for that.
    pub(super) fn readiness(&self) -> (bool, &'static str) {
        if self.stopping.is_cancelled() {
            (false, "stopping")
        } else if self.bus.status().ready {
            (true, "ready")
        } else {
            (false, "waiting")
        }
    }

    /// How many requests are being answered.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.running.len()
    }

    /// Waits until no request is being answered.
    pub async fn drained(&self) {
        self.running.close();
        self.running.wait().await;
    }

    /// Looks at a module that is granted these hosts, on a thread that may be kept busy.
    pub(super) async fn inspect(
        &self,
        module: Bytes,
        handler: String,
        http: Arc<[HostPattern]>,
    ) -> Result<Inspected, Problem> {
        // Fails only once closed, which nobody does.
        let _turn = self.looks.acquire().await.ok();
        let engine = self.engine.clone();
        let look = move || {
            let found = engine.inspect(&module, &handler)?;
            found.granted(&http)?;
            Ok(found)
        };
        match tokio::task::spawn_blocking(look).await {
            Ok(found) => found.map_err(|refusal: Refusal| refusal.into()),
            Err(error) => Err(Problem::of_host(&error)),
        }
    }
}
