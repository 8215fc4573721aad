//! Runs modules of strangers, within limits.
//!
//! An engine knows three verbs. [`inspect`](Engine::inspect) looks at the bytes of a
//! module and says whether it will do, in words for its author. [`prepare`](Engine::prepare)
//! makes it ready: compiled in a process of its own, kept on disk, kept in memory.
//! [`execute`](Engine::execute) runs it once, in a fresh instance, and tells what came out
//! and what it took. A guest can reach nothing but its own memory, a clock and random
//! numbers, and what its module was granted.
//!
//! The guests have threads of their own, and each makes way after a slice, so that
//! neither the caller's runtime nor the other guests wait for one that spins. What an
//! engine knows of its callers are the names of tenants, among whom it shares the places.
//!
//! ```no_run
//! use functions_host::engine::{Call, Engine, EngineConfig, Limits, Metering};
//! use sha2::{Digest, Sha256};
//!
//! # async fn example(module: bytes::Bytes) -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::new(EngineConfig::new("artifacts"))?;
//! engine.inspect(&module, "run")?;
//! let digest = Sha256::digest(&module).into();
//! let ready = engine.prepare(digest, Metering::Time, async { Ok(module) }).await?;
//! let outcome = engine
//!     .execute(&ready, Call {
//!         tenant: "acme".parse()?,
//!         handler: "run".into(),
//!         input: "{}".into(),
//!         environment: Vec::new(),
//!         http: Default::default(),
//!         limits: Limits::default(),
//!     })
//!     .await?;
//! println!("{:?} after {:?}", outcome.result?, outcome.usage.wall_clock);
//! # Ok(())
//! # }
//! ```

mod abi;
mod artifacts;
mod bounds;
mod call;
mod compiler;
mod config;
mod execution;
mod guests;
mod inspect;
mod limits;
mod meter;
mod outcome;
mod outgoing;
mod pace;
mod places;
mod prepared;
mod refusal;
mod sandbox;
mod settings;
mod streams;
mod ticker;
mod workshop;

use std::io;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::time::timeout;

pub use abi::Abi;
pub use bounds::Bounds;
pub use call::Call;
pub use compiler::compiler_process;
pub use config::{CompilerConfig, EngineConfig};
pub use inspect::Inspected;
pub use limits::{Limit, Limits, Metering};
pub use outcome::{ExecuteError, Fault, Outcome, Usage};
pub use outgoing::HttpConfig;
pub use places::Share;
pub use prepared::Prepared;
pub use refusal::Refusal;
pub use workshop::PrepareError;

use compiler::Compiler;
use guests::Guests;
use inspect::Measure;
use outgoing::Http;
use pace::Pace;
use places::{Places, Sharing};
use workshop::Workshop;

/// Runs modules. Clones are cheap and are the same engine.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    config: EngineConfig,
    compiler: Arc<Compiler>,
    guests: Guests,
    places: Places,
    timed: Workshop,
    /// Made by the first who asks: it reserves as much address space again.
    fuelled: OnceLock<Result<Workshop, String>>,
}

/// Why an engine cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EngineError(String);

impl Engine {
    /// Sets an engine up: its threads, its pool of places, its folder.
    ///
    /// # Errors
    ///
    /// When the folder for compiled modules cannot be used, a thread cannot be started, or
    /// the system has not enough address space for as many executions as are configured.
    pub fn new(config: EngineConfig) -> Result<Self, EngineError> {
        let compiler = Arc::new(Compiler::new(config.compiler.clone(), config.stack));
        let timed =
            Workshop::open(&config, Metering::Time, Arc::clone(&compiler)).map_err(EngineError)?;
        let guests = Guests::new(config.threads).map_err(|error| {
            EngineError(format!("threads for guests cannot be started: {error}"))
        })?;
        let places = Places::new(Sharing {
            places: config.executions,
            waiting: config.waiting,
            each: Share {
                executions: config.executions_per_tenant,
                waiting: config.waiting_per_tenant,
            },
            own: config.shares.clone(),
        });
        Ok(Self(Arc::new(Shared {
            config,
            compiler,
            guests,
            places,
            timed,
            fuelled: OnceLock::new(),
        })))
    }

    /// Looks at the bytes of a module, whose function `handler` will be called if it speaks
    /// the pointer ABI. Nothing is compiled and nothing runs.
    ///
    /// It keeps the thread busy for a time that grows with the bytes: many megabytes belong
    /// on a thread that may block.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] says why the module will not do.
    pub fn inspect(&self, module: &[u8], handler: &str) -> Result<Inspected, Refusal> {
        let config = &self.0.config;
        let by = Measure {
            bounds: &config.bounds,
            max_memory: u64::try_from(config.max_memory).unwrap_or(u64::MAX),
            max_table: u64::try_from(config.max_table).unwrap_or(u64::MAX),
        };
        inspect::inspect(module, handler, by)
    }

    /// Makes the module with this SHA-256 digest ready to run: takes it from memory, or
    /// loads what was compiled before, or compiles `bytes`, which is awaited in this case
    /// only. However many ask at the same time, it is done once. It should have passed
    /// [`inspect`](Self::inspect) before.
    ///
    /// Needs a tokio runtime with its IO driver, for the compiler's process.
    ///
    /// # Errors
    ///
    /// [`PrepareError::Refused`] where the module cannot be compiled within the limits, or
    /// imports what this host does not have; the others where its bytes are not there, or
    /// something is wrong with the host.
    pub async fn prepare<R>(
        &self,
        digest: [u8; 32],
        metering: Metering,
        bytes: R,
    ) -> Result<Arc<Prepared>, PrepareError>
    where
        R: Future<Output = io::Result<Bytes>> + Send + 'static,
    {
        self.workshop(metering)
            .map_err(PrepareError::Host)?
            .prepare(digest, bytes)
            .await
    }

    /// Forgets a module that is gone: what was compiled of it, on disk and in memory.
    /// Executions that run go on. Blocks for a moment.
    ///
    /// # Errors
    ///
    /// When the files cannot be removed.
    pub fn forget(&self, digest: [u8; 32]) -> io::Result<()> {
        self.0.timed.forget(&digest)?;
        match self.workshop(Metering::Fuel) {
            Ok(fuelled) => fuelled.forget(&digest),
            Err(_) => Ok(()),
        }
    }

    /// Runs a module once, in an instance that nobody used before and nobody will use
    /// again. Waits for a place first, in turn with other tenants, for as long as
    /// [`max_wait`](EngineConfig::max_wait).
    ///
    /// When the caller no longer waits, the guest is stopped at its next pause. Where the
    /// guest was granted HTTP, its requests are made on the caller's runtime, which needs
    /// its IO driver.
    ///
    /// # Errors
    ///
    /// What the guest does wrong is in the [`Outcome`]. An [`ExecuteError`] says why there
    /// is none.
    pub async fn execute(
        &self,
        module: &Arc<Prepared>,
        call: Call,
    ) -> Result<Outcome, ExecuteError> {
        if call.limits.fuel.is_some() && module.metering() == Metering::Time {
            return Err(ExecuteError::NotMetered);
        }
        let workshop = self
            .workshop(module.metering())
            .map_err(|error| ExecuteError::Host(error.to_string()))?;
        let max_wait = self.0.config.max_wait;
        let place = timeout(max_wait, self.0.places.take(&call.tenant))
            .await
            .map_err(|_| ExecuteError::Waited(max_wait))?
            .map_err(|full| ExecuteError::Overloaded(full.waiting))?;
        let running = workshop.ticker().run();
        let module = Arc::clone(module);
        let pace = Pace::new(self.0.config.slice, &module.habit);
        let http = (module.abi() == Abi::Component)
            .then(|| Box::new(Http::new(self.0.config.http.as_ref(), &call.http)));
        let of_guest = pace.clone();
        let guest = async move {
            let outcome = execution::run(&module, call, http, of_guest).await;
            drop(running);
            drop(place);
            outcome
        };
        let guest = self.0.guests.start(pace, guest);
        if self.0.guests.end_turns() {
            self.0.timed.end_slices();
            if let Some(Ok(fuelled)) = self.0.fuelled.get() {
                fuelled.end_slices();
            }
        }
        guest.await
    }

    /// How often a module that was [prepared](Self::prepare) was in `memory`, on `disk`, or had
    /// to go through the `compiler`, since the engine was set up.
    #[must_use]
    pub fn loads(&self) -> [(&'static str, u64); 3] {
        let mut loads = self.0.timed.loads();
        if let Some(Ok(fuelled)) = self.0.fuelled.get() {
            for (all, more) in loads.iter_mut().zip(fuelled.loads()) {
                *all = all.saturating_add(more);
            }
        }
        let [memory, disk, compiler] = loads;
        [("memory", memory), ("disk", disk), ("compiler", compiler)]
    }

    /// How many modules are ready in memory, and how many bytes they take.
    #[must_use]
    pub fn resident(&self) -> (usize, u64) {
        let (count, bytes) = self.0.timed.resident();
        match self.0.fuelled.get() {
            Some(Ok(fuelled)) => {
                let (more, more_bytes) = fuelled.resident();
                (count.saturating_add(more), bytes.saturating_add(more_bytes))
            }
            _ => (count, bytes),
        }
    }

    fn workshop(&self, metering: Metering) -> Result<&Workshop, Arc<str>> {
        match metering {
            Metering::Time => Ok(&self.0.timed),
            Metering::Fuel => self
                .0
                .fuelled
                .get_or_init(|| {
                    let compiler = Arc::clone(&self.0.compiler);
                    Workshop::open(&self.0.config, Metering::Fuel, compiler)
                })
                .as_ref()
                .map_err(|error| error.as_str().into()),
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("config", &self.0.config)
            .finish_non_exhaustive()
    }
}
