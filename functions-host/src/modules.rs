//! The modules that were handed over: what is known of each, and its bytes.
//!
//! What is known stands in a database, a file of SQLite or one of PostgreSQL that many
//! hosts share; the bytes lie in a folder or in a bucket, named by their digest. A machine
//! can stop between any two steps of writing both. So the order of the steps is what keeps
//! them together: bytes are there for good before a row names them, and a row is gone for
//! good before its bytes go. A stop in between leaves bytes that no row names, and those
//! are taken away at a later start.
//!
//! Two ids may have the same bytes, one added while the other is removed. Both happen in
//! transactions of the database that exclude each other, over all processes and hosts, so
//! that bytes are counted while nobody begins to need them.
//!
//! Nothing in here looks into a module: what it is and whether it will do is asked
//! elsewhere, between [`receive`](Modules::receive) and [`add`](Modules::add).

mod config;
mod content;
mod digest;
mod error;
mod files;
mod id;
mod incoming;
mod module;
mod object;
mod recent;
mod registry;
mod steps;
mod store;
#[cfg(test)]
mod tests;
mod upload;
mod url;

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::BoxStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

pub use config::{BucketConfig, ModulesConfig, PostgresConfig, RegistryConfig, StoreConfig};
pub use content::may_pass;
pub use digest::{Digest, InvalidDigest};
pub use error::{ModulesError, UploadError};
pub use id::{InvalidModuleId, ModuleId};
pub use module::{Listed, Listing, Module, NewModule, Removed, Terms};
pub use upload::Received;
pub use url::{BucketUrl, InvalidUrl, PostgresUrl};

use crate::postgres::Lines;
use object::{Object, Root};
use recent::Recent;
use registry::Registry;
use store::Store;
use upload::Bounds;

/// The modules of a host. Clones are cheap and are the same modules.
#[derive(Clone, Debug)]
pub struct Modules(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    registry: Registry,
    store: Box<dyn Store>,
    recent: Recent,
    bounds: Bounds,
    uploads: Arc<Semaphore>,
}

impl Modules {
    /// Opens the modules, brings the database up to date, and takes away what a process
    /// that was stopped in the middle has left.
    ///
    /// # Errors
    /// The store or the database cannot be used.
    pub async fn open(config: ModulesConfig) -> Result<Self, ModulesError> {
        let store = store::open(&config).await?;
        let registry = Registry::open(&config.registry, store.root(), config.grace).await?;
        store.recover(&registry).await?;
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

    /// Brings the database up to date, and does nothing else.
    ///
    /// # Errors
    /// It cannot be used.
    pub async fn migrate(config: &ModulesConfig) -> Result<(), ModulesError> {
        let registry = Registry::open(&config.registry, Root::new(""), config.grace).await?;
        registry.close().await;
        Ok(())
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
        upload::receive(self.0.store.spool(), self.0.bounds, place, bytes).await
    }

    /// Makes a module of what was received. Once begun it is finished, even if nobody
    /// waits for it any more.
    ///
    /// # Errors
    /// [`ModulesError::Exists`] where there is a module of this id; the others where the
    /// host fails.
    pub async fn add(&self, new: NewModule, received: Received) -> Result<Module, ModulesError> {
        let shared = Arc::clone(&self.0);
        to_its_end(async move { shared.store.add(&shared.registry, new, received).await }).await
    }

    /// The module of this id, if there is one.
    ///
    /// What another host on the same database has changed may be seen a second late, and no
    /// later.
    ///
    /// # Errors
    /// The database fails.
    pub async fn get(&self, id: &ModuleId) -> Result<Option<Arc<Module>>, ModulesError> {
        let recent = &self.0.recent;
        if let Some(module) = recent.get(id) {
            return Ok(Some(module));
        }
        let before = recent.moment();
        let module = self.0.registry.get(id).await?.map(Arc::new);
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
        self.0.registry.list(wanted).await
    }

    /// Changes what is said of a module, as `change` does, and returns what is known of it
    /// then. Where `change` fails nothing changes. Whoever asks for the module from then on
    /// gets it as it is now; another host on the same database may see it a second late.
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
            let changed = shared.registry.change(&id, change).await;
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
            let removed = shared.store.remove(&shared.registry, &id).await;
            shared.recent.forget(&id);
            removed
        })
        .await
    }

    /// The bytes of a module, in memory: as they came in, or none.
    ///
    /// # Errors
    /// They cannot be read, which [`may_pass`]; they are more than a module may have, or not
    /// those any more that they were. They are not there once their module is removed.
    pub async fn bytes(&self, module: &Module) -> io::Result<Bytes> {
        let Bounds {
            max_bytes,
            timeout: time,
            ..
        } = self.0.bounds;
        let read = async {
            let content = self.open_bytes(module).await?;
            content::collected(content, module.size_bytes, max_bytes).await
        };
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, ModulesError::slow(module, time));
        timeout(time, read).await.map_err(late)?
    }

    /// The bytes of a module, to be read piece by piece. Where they are not those any more
    /// that they were they break off before their end.
    ///
    /// # Errors
    /// They cannot be read, which [`may_pass`]; they are not there once their module is
    /// removed.
    pub async fn open_bytes(
        &self,
        module: &Module,
    ) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
        let opened = self.0.store.open(&module.object).await;
        let pieces = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let object = self.moved(module).await.ok_or(error)?;
                self.0.store.open(&object).await?
            }
            opened => opened?,
        };
        Ok(content::checked(pieces, module.sha256, module.size_bytes))
    }

    /// Where the bytes of a module are by now, if it was removed and added again.
    async fn moved(&self, module: &Module) -> Option<Object> {
        let now = self.0.registry.get(&module.id).await.ok()??;
        let is_other = now.object != module.object && now.sha256 == module.sha256;
        is_other.then_some(now.object)
    }

    /// The connections to the database, where it is one that hosts share: who else keeps
    /// something there goes by the same.
    #[must_use]
    pub fn lines(&self) -> Option<&Lines> {
        self.0.registry.lines()
    }

    /// Ends the connections to the database, once what is under way has ended.
    pub async fn close(&self) {
        self.0.registry.close().await;
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
