//! Where modules are made ready: in memory, else on disk, else by the compiler.
//!
//! Whoever asks for a module that is being made ready waits for that one work, however
//! many ask, and all get the same answer. The work goes on as long as one of them waits.

use std::collections::HashMap;
use std::hash::RandomState;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use super::artifacts::{Artifacts, Digest, hex};
use super::compiler::{CompileError, Compiler};
use super::config::EngineConfig;
use super::limits::Metering;
use super::prepared::{Offers, Prepared};
use super::refusal::Refusal;
use super::settings;
use super::ticker::Ticker;

/// Why a module is not ready to run. Clones are cheap.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// The module is not taken.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its bytes cannot be read.
    #[error("the module cannot be read: {0}")]
    Unreadable(Arc<io::Error>),
    /// The bytes are not those that the digest is of.
    #[error("the module's digest is {found}, and {expected} was asked for")]
    Changed {
        /// The digest that was asked for, in hexadecimal.
        expected: String,
        /// The digest of the bytes, likewise.
        found: String,
    },
    /// So many modules are being compiled that this one has no turn.
    #[error("too many modules are being compiled; try again later")]
    Busy,
    /// The host itself failed.
    #[error("the host failed: {0}")]
    Host(Arc<str>),
}

type Answer = Result<Arc<Prepared>, PrepareError>;
type Work = BoxFuture<'static, Answer>;

/// Makes modules ready, for one kind of metering.
#[derive(Clone)]
pub(super) struct Workshop(Arc<Shop>);

struct Shop {
    engine: wasmtime::Engine,
    metering: Metering,
    offers: Offers,
    artifacts: Artifacts,
    compiler: Arc<Compiler>,
    ready: Cache<Digest, Arc<Prepared>, Size, RandomState>,
    under_way: Mutex<HashMap<Digest, WeakShared<Work>>>,
    loads: Loads,
    pub(super) ticker: Ticker,
}

/// How often a module that was needed was where.
#[derive(Debug, Default)]
struct Loads {
    memory: AtomicU64,
    disk: AtomicU64,
    compiler: AtomicU64,
}

/// How many modules are expected in memory; no bound.
const MODULES: usize = 1000;

#[derive(Clone)]
struct Size;

impl Weighter<Digest, Arc<Prepared>> for Size {
    fn weight(&self, _: &Digest, module: &Arc<Prepared>) -> u64 {
        // What linking and the books of the engine take is guessed.
        u64::try_from(module.size())
            .unwrap_or(u64::MAX)
            .saturating_add(16 << 10)
    }
}

/// A cache in one piece: in several, none may be larger than a piece.
fn cache(bytes: u64) -> Result<Cache<Digest, Arc<Prepared>, Size, RandomState>, String> {
    let options = OptionsBuilder::new()
        .shards(1)
        .estimated_items_capacity(MODULES)
        .weight_capacity(bytes)
        .build()
        .map_err(|error| format!("the memory for modules cannot be set up: {error}"))?;
    let (hasher, lifecycle) = (RandomState::new(), DefaultLifecycle::default());
    Ok(Cache::with_options(options, Size, hasher, lifecycle))
}

impl Workshop {
    pub(super) fn open(
        settings: &EngineConfig,
        metering: Metering,
        compiler: Arc<Compiler>,
    ) -> Result<Self, String> {
        let engine = wasmtime::Engine::new(&settings::runtime(metering, settings))
            .map_err(|error| format!("the sandbox cannot be set up: {error:#}"))?;
        let offers = Offers::new(&engine)
            .map_err(|error| format!("the sandbox cannot be set up: {error:#}"))?;
        let artifacts = Artifacts::open(&settings.artifacts, &engine, settings.artifacts_bytes)
            .map_err(|error| {
                format!(
                    "the folder for compiled modules, {}, cannot be used: {error}",
                    settings.artifacts.display()
                )
            })?;
        let ticker = Ticker::start(engine.weak(), settings.slice)
            .map_err(|error| format!("a thread cannot be started: {error}"))?;
        Ok(Self(Arc::new(Shop {
            engine,
            metering,
            offers,
            artifacts,
            compiler,
            ready: cache(settings.resident_bytes)?,
            under_way: Mutex::new(HashMap::new()),
            loads: Loads::default(),
            ticker,
        })))
    }

    pub(super) fn ticker(&self) -> &Ticker {
        &self.0.ticker
    }

    /// Ends the slices of all guests.
    pub(super) fn end_slices(&self) {
        self.0.engine.increment_epoch();
    }

    /// The module with this digest, whose bytes are read where they are needed.
    pub(super) async fn prepare<R>(&self, module: Digest, read: R) -> Answer
    where
        R: Future<Output = io::Result<Bytes>> + Send + 'static,
    {
        if let Some(ready) = self.0.ready.get(&module) {
            self.0.loads.memory.fetch_add(1, Ordering::Relaxed);
            return Ok(ready);
        }
        self.join(module, read).await
    }

    /// Joins the work on a module, or begins it.
    fn join<R>(&self, module: Digest, read: R) -> Shared<Work>
    where
        R: Future<Output = io::Result<Bytes>> + Send + 'static,
    {
        let mut under_way = self.0.under_way();
        if let Some(work) = under_way.get(&module).and_then(WeakShared::upgrade) {
            return work;
        }
        let shop = Arc::clone(&self.0);
        let work = async move {
            let answer = shop.make(module, read).await;
            if let Ok(ready) = &answer {
                shop.ready.insert(module, Arc::clone(ready));
            }
            shop.under_way().remove(&module);
            answer
        };
        let work = work.boxed().shared();
        // What all have left is no longer there, and is only a name in the list.
        under_way.retain(|_, work| work.upgrade().is_some());
        if let Some(weak) = work.downgrade() {
            under_way.insert(module, weak);
        }
        work
    }

    pub(super) fn forget(&self, module: &Digest) -> io::Result<()> {
        self.0.ready.remove(module);
        self.0.artifacts.remove(module)
    }

    /// How often a module that was needed was in memory, on disk, or had to be compiled.
    pub(super) fn loads(&self) -> [u64; 3] {
        let Loads {
            memory,
            disk,
            compiler,
        } = &self.0.loads;
        [memory, disk, compiler].map(|many| many.load(Ordering::Relaxed))
    }

    /// How many modules are ready in memory, and how many bytes they take.
    pub(super) fn resident(&self) -> (usize, u64) {
        (self.0.ready.len(), self.0.ready.weight())
    }
}

impl Shop {
    async fn make<R>(self: &Arc<Self>, module: Digest, read: R) -> Answer
    where
        R: Future<Output = io::Result<Bytes>>,
    {
        if let Some(ready) = self.load(module).await? {
            self.loads.disk.fetch_add(1, Ordering::Relaxed);
            return Ok(ready);
        }
        let bytes = read
            .await
            .map_err(|error| PrepareError::Unreadable(Arc::new(error)))?;
        self.compile(module, bytes).await?;
        self.loads.compiler.fetch_add(1, Ordering::Relaxed);
        self.load(module)
            .await?
            .ok_or_else(|| host("what was compiled just now is gone or damaged"))
    }

    async fn load(self: &Arc<Self>, module: Digest) -> Result<Option<Arc<Prepared>>, PrepareError> {
        let shop = Arc::clone(self);
        let load = move || {
            shop.artifacts
                .load(&shop.engine, &module)
                .map(|code| shop.offers.link(&code, shop.metering))
                .transpose()
        };
        let loaded = spawn_blocking(load)
            .await
            .map_err(|error| host(error.to_string()))?;
        Ok(loaded?.map(Arc::new))
    }

    async fn compile(self: &Arc<Self>, module: Digest, bytes: Bytes) -> Result<(), PrepareError> {
        let shop = Arc::clone(self);
        let found: Digest = {
            let bytes = bytes.clone();
            let digest = move || Sha256::digest(&bytes).into();
            spawn_blocking(digest)
                .await
                .map_err(|error| host(error.to_string()))?
        };
        if found != module {
            return Err(PrepareError::Changed {
                expected: hex(&module),
                found: hex(&found),
            });
        }
        let unfinished = Unfinished(shop.artifacts.unfinished());
        match shop
            .compiler
            .compile(bytes, shop.metering, &unfinished.0)
            .await
        {
            Ok(()) => {}
            Err(CompileError::Refused(refusal)) => return Err(refusal.into()),
            Err(CompileError::Busy) => return Err(PrepareError::Busy),
            Err(error @ CompileError::Broken { .. }) => return Err(host(error.to_string())),
        }
        let keep = move || shop.artifacts.keep(&module, &unfinished.0);
        spawn_blocking(keep)
            .await
            .map_err(|error| host(error.to_string()))?
            .map_err(|error| host(format!("machine code cannot be written: {error}")))
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Digest, WeakShared<Work>>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn host(what: impl Into<Arc<str>>) -> PrepareError {
    PrepareError::Host(what.into())
}

/// A file that goes when nobody took it.
struct Unfinished(std::path::PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
