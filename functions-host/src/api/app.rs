//! What the handlers share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use functions_core::service::body::BodyLimits;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::problem::Problem;
use super::tenants::Tenants;
use crate::engine::{Engine, Inspected, Limits};
use crate::modules::Modules;

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
    /// What an execution may take.
    pub limits: Limits,
    /// For whom requests are.
    pub tenants: Tenants,
}

/// What the handlers share.
#[derive(Debug)]
pub struct App {
    pub(super) modules: Modules,
    pub(super) engine: Engine,
    pub(super) limits: Limits,
    pub(super) tenants: Tenants,
    pub(super) bodies: BodyLimits,
    pub(super) max_module_bytes: u64,
    pub(super) upload_timeout: Duration,
    pub(super) running: TaskTracker,
    ready: AtomicBool,
    /// A look at a module keeps a processor busy: as many at once as there are.
    looks: Semaphore,
}

impl App {
    /// What the handlers of a host with these modules and this engine share.
    #[must_use]
    pub fn new(modules: Modules, engine: Engine, config: AppConfig) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            modules,
            engine,
            limits: config.limits,
            tenants: config.tenants,
            bodies: BodyLimits::new(config.max_body_bytes, config.body_timeout),
            max_module_bytes: config.max_module_bytes,
            upload_timeout: config.upload_timeout,
            running: TaskTracker::new(),
            ready: AtomicBool::new(true),
            looks: Semaphore::new(cores),
        }
    }

    /// Lets `/ready` say no from now on.
    pub fn stop_being_ready(&self) {
        self.ready.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
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

    /// Looks at a module, on a thread that may be kept busy.
    pub(super) async fn inspect(
        &self,
        module: Bytes,
        handler: String,
    ) -> Result<Inspected, Problem> {
        // Fails only once closed, which nobody does.
        let _turn = self.looks.acquire().await.ok();
        let engine = self.engine.clone();
        let look = move || engine.inspect(&module, &handler);
        match tokio::task::spawn_blocking(look).await {
            Ok(found) => found.map_err(Problem::from),
            Err(error) => Err(Problem::of_host(&error)),
        }
    }
}
