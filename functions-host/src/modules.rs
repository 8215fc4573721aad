//! The modules that were handed over: what is known of each, and its bytes.
//!
//! What is known stands in a database, the bytes lie in a folder, named by their digest,
//! and a machine can stop between any two steps of writing both. So the order of the
//! steps is what keeps them together: bytes are there for good before a row names them,
//! and a row is gone for good before its bytes go. A stop in between leaves bytes that
//! no row names, and those are taken away at the next start.
//!
//! Two ids may have the same bytes, one added while the other is removed. Both happen
//! in transactions of the database that exclude each other, over all processes, so that
//! bytes are counted and taken away while nobody begins to need them.
//!
//! Nothing in here looks into a module: what it is and whether it will do is asked
//! elsewhere, between [`receive`](Modules::receive) and [`add`](Modules::add).

mod digest;
mod error;
mod id;
mod module;
mod recent;
mod registry;
mod steps;
mod store;
#[cfg(test)]
mod tests;
mod upload;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::Semaphore;

pub use digest::{Digest, InvalidDigest};
pub use error::{ModulesError, UploadError};
pub use id::{InvalidModuleId, ModuleId};
pub use module::{Listed, Listing, Module, NewModule, Removed, Terms};
pub use upload::Received;

use recent::Recent;
use registry::Registry;
use store::Store;
use upload::Bounds;

/// Where modules are kept, and what bounds their uploads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModulesConfig {
    /// The folder of the bytes. It is made where it lacks.
    pub folder: PathBuf,
    /// The file of the database. It is made where it lacks.
    pub database: PathBuf,
    /// How many bytes a module may have.
    pub max_bytes: u64,
    /// How long the bytes of one upload may take to come.
    pub timeout: Duration,
    /// How many bytes an upload leaves free on the disk.
    pub reserve: u64,
    /// How many uploads are received and looked at at once; more wait.
    pub at_once: usize,
}

impl ModulesConfig {
    /// The defaults, with the bytes in `folder` and the rest in the file `database`.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, database: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            database: database.into(),
            max_bytes: 64 << 20,
            timeout: Duration::from_secs(300),
            reserve: 256 << 20,
            at_once: 8,
        }
    }
}

/// The modules of a host. Clones are cheap and are the same modules.
#[derive(Clone, Debug)]
pub struct Modules(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    registry: Registry,
    store: Store,
    recent: Recent,
    bounds: Bounds,
    uploads: Arc<Semaphore>,
}

impl Modules {
    /// Opens the modules, brings the database up to date, and takes away what a process
    /// that was stopped in the middle has left.
    ///
    /// # Errors
    /// The folder or the database cannot be used.
    pub async fn open(config: ModulesConfig) -> Result<Self, ModulesError> {
        let store = Store::open(config.folder).await?;
        let registry = Registry::open(&config.database).await?;
        registry.recover(&store).await?;
        Ok(Self(Arc::new(Shared {
            registry,
            store,
            recent: Recent::default(),
            bounds: Bounds {
                max_bytes: config.max_bytes,
                timeout: config.timeout,
                reserve: config.reserve,
            },
            uploads: Arc::new(Semaphore::new(config.at_once.max(1))),
        })))
    }

    /// Takes the bytes of a module to the disk, next to the others but not among them.
    /// They are gone again when what this returns is dropped.
    ///
    /// # Errors
    /// The stream breaks off, is too long or too slow, or the disk is too full.
    pub async fn receive<S, E>(&self, bytes: S) -> Result<Received, UploadError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let place = Arc::clone(&self.0.uploads);
        upload::receive(&self.0.store, self.0.bounds, place, bytes).await
    }

    /// Makes a module of what was received. Once begun it is finished, even if nobody
    /// waits for it any more.
    ///
    /// # Errors
    /// [`ModulesError::Exists`] where there is a module of this id; the others where the
    /// host fails.
    pub async fn add(&self, new: NewModule, received: Received) -> Result<Module, ModulesError> {
        let shared = Arc::clone(&self.0);
        to_its_end(async move {
            let digest = received.digest();
            let added = shared.registry.add(&shared.store, new, received).await;
            if added.is_err() {
                shared.sweep(digest).await;
            }
            added
        })
        .await
    }

    /// The module of this id, if there is one.
    ///
    /// What another process on the same database has changed may be seen a second late.
    ///
    /// # Errors
    /// The database fails.
    pub async fn get(&self, id: &ModuleId) -> Result<Option<Arc<Module>>, ModulesError> {
        let recent = &self.0.recent;
        if let Some(module) = recent.get(id) {
            return Ok(Some(module));
        }
        let before = recent.generation();
        let module = self.0.registry.get(&self.0.store, id).await?.map(Arc::new);
        if let Some(module) = &module {
            recent.remember(before, module);
        }
        Ok(module)
    }

    /// Some of the modules, by id, and how many there are.
    ///
    /// # Errors
    /// The database fails.
    pub async fn list(&self, wanted: &Listing) -> Result<Listed, ModulesError> {
        self.0.registry.list(&self.0.store, wanted).await
    }

    /// Changes what is said of a module, as `change` does, and returns what is known of it
    /// then. Where `change` fails nothing changes. Whoever asks for the module from then on
    /// gets it as it is now; another process on the same database may see it a second late.
    ///
    /// # Errors
    /// The database fails.
    pub async fn change<C, E>(
        &self,
        id: &ModuleId,
        change: C,
    ) -> Result<Option<Result<Module, E>>, ModulesError>
    where
        C: FnOnce(&mut Terms) -> Result<(), E> + Send + 'static,
        E: Send + 'static,
    {
        let shared = Arc::clone(&self.0);
        let id = id.clone();
        to_its_end(async move {
            let changed = shared.registry.change(&shared.store, &id, change).await;
            shared.recent.forget(&id);
            changed
        })
        .await
    }

    /// Removes a module, and its bytes where no other module has the same. Once begun
    /// it is finished, even if nobody waits for it any more.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove(&self, id: &ModuleId) -> Result<Option<Removed>, ModulesError> {
        let shared = Arc::clone(&self.0);
        let id = id.clone();
        to_its_end(async move {
            let removed = shared.registry.remove(&shared.store, &id).await;
            shared.recent.forget(&id);
            let Some(module) = removed? else {
                return Ok(None);
            };
            let was_last = shared.sweep(module.sha256).await;
            Ok(Some(Removed { module, was_last }))
        })
        .await
    }

    /// The bytes of a module, in memory.
    ///
    /// # Errors
    /// They cannot be read; they are not there once their module is removed.
    pub async fn bytes(&self, digest: Digest) -> io::Result<Bytes> {
        let path = self.0.store.path(digest);
        Ok(tokio::fs::read(path).await?.into())
    }

    /// The file of a module's bytes, to be read piece by piece. It can be read to its
    /// end even if the module is removed meanwhile.
    ///
    /// # Errors
    /// It cannot be opened; it is not there once its module is removed.
    pub async fn open_bytes(&self, digest: Digest) -> io::Result<tokio::fs::File> {
        tokio::fs::File::open(self.0.store.path(digest)).await
    }

    /// Ends the connections to the database, once what is under way has ended.
    pub async fn close(&self) {
        self.0.registry.close().await;
    }
}

impl Shared {
    /// Takes away the bytes that no module has; `true` where no module has them. Where
    /// that fails it is logged: the next start tries again.
    async fn sweep(&self, digest: Digest) -> bool {
        let swept = self.registry.sweep(&self.store, digest).await;
        swept.unwrap_or_else(|error| {
            tracing::warn!(%error, %digest, "Bytes that no module has are left until the next start");
            false
        })
    }
}

/// Runs `work` on, even if nobody waits for it any more.
async fn to_its_end<T, W>(work: W) -> Result<T, ModulesError>
where
    W: Future<Output = Result<T, ModulesError>> + Send + 'static,
    T: Send + 'static,
{
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => Err(ModulesError::Interrupted(error.to_string())),
    }
}
