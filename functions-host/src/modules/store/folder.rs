//! A folder: a file for each digest, and a folder for what is on its way.
//!
//! A file gets its name at once. So that is done in the transaction that writes its row,
//! and nobody counts or takes away the same bytes meanwhile. A stop in between leaves a
//! file that no row names, which is found at the next start.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use tokio_util::io::ReaderStream;

use super::{Pieces, Store, left};
use crate::modules::files::{self, blocking};
use crate::modules::incoming::{Incoming, Spool};
use crate::modules::object::{Object, Root};
use crate::modules::registry::Registry;
use crate::modules::steps::{Step, done};
use crate::modules::upload::Received;
use crate::modules::{Module, ModuleId, ModulesError, NewModule, Removed};

/// The folder for what is on its way, within the other: to be moved, not copied.
const INCOMING: &str = "incoming";

/// So many bytes are read at once.
const PIECE: usize = 64 << 10;

#[derive(Clone, Debug)]
pub(super) struct Folder {
    folder: Arc<Path>,
    spool: Spool,
}

impl Folder {
    pub(super) async fn open(folder: PathBuf) -> Result<Self, ModulesError> {
        let spool = Spool::open(folder.join(INCOMING)).await?;
        let folder: Arc<Path> = folder.into();
        let made = Arc::clone(&folder);
        blocking(move || files::sync(&made)).await?;
        Ok(Self { folder, spool })
    }

    fn path(&self, object: &Object) -> PathBuf {
        self.folder.join(object.to_string())
    }

    async fn insert(
        &self,
        registry: &Registry,
        new: NewModule,
        received: Received,
    ) -> Result<Module, ModulesError> {
        let object = Object::of(received.digest());
        let mut changes = registry.begin().await?;
        changes.hold(object.digest()).await?;
        if changes.is_taken(&new.id).await? {
            changes.end().await?;
            return Err(ModulesError::Exists(new.id));
        }
        let module = registry.module(new, &received, object);
        let folder = self.clone();
        blocking(move || folder.keep(&object, &received.incoming)).await?;
        changes.insert(&module).await?;
        changes.keep().await?;
        done(Step::Added);
        Ok(module)
    }

    /// Gives the bytes, which lie on the disk already, their name. Blocks.
    fn keep(&self, object: &Object, incoming: &Incoming) -> Result<(), ModulesError> {
        let path = self.path(object);
        // If there are such bytes already these are the same, or better where the others
        // were damaged.
        fs::rename(incoming.path(), &path)
            .map_err(|error| ModulesError::file("written", &path, error))?;
        done(Step::Named);
        files::sync(&self.folder)?;
        done(Step::Kept);
        Ok(())
    }

    /// Takes bytes away if no row names them; `true` if none has the same.
    async fn sweep(&self, registry: &Registry, object: Object) -> Result<bool, ModulesError> {
        // Nothing is written: it keeps others from beginning to name them.
        let mut changes = registry.begin().await?;
        changes.hold(object.digest()).await?;
        if !changes.names(&object).await? {
            let folder = self.clone();
            blocking(move || folder.take_away(&object)).await?;
        }
        let was_last = !changes.has(object.digest()).await?;
        changes.end().await?;
        Ok(was_last)
    }

    /// Blocks.
    fn take_away(&self, object: &Object) -> Result<(), ModulesError> {
        if files::remove(&self.path(object))? {
            done(Step::Unlinked);
            files::sync(&self.folder)?;
        }
        Ok(())
    }

    /// The bytes that are there. Files that are no module's are passed over. Blocks.
    fn objects(&self) -> Result<HashSet<Object>, ModulesError> {
        let entries = files::entries(&self.folder)?;
        let names = entries
            .iter()
            .filter_map(|entry| entry.file_name()?.to_str());
        Ok(names.filter_map(|name| name.parse().ok()).collect())
    }

    /// Whether bytes came longer ago than this. Blocks.
    fn is_older(&self, object: &Object, grace: Duration) -> bool {
        let modified = fs::metadata(self.path(object)).and_then(|file| file.modified());
        modified.is_ok_and(|modified| modified.elapsed().unwrap_or_default() >= grace)
    }

    /// Tells of bytes that a row names and that are not there.
    async fn miss(&self, registry: &Registry, object: Object) -> Result<(), ModulesError> {
        let mut changes = registry.begin().await?;
        changes.hold(object.digest()).await?;
        let (is_named, path) = (changes.names(&object).await?, self.path(&object));
        if is_named && !tokio::fs::try_exists(&path).await.unwrap_or(false) {
            tracing::error!(
                path = %path.display(),
                "The bytes of a module are not there. \
                 Put the file back, or delete the module and upload it again"
            );
        }
        changes.end().await
    }
}

#[async_trait]
impl Store for Folder {
    fn root(&self) -> Root {
        // With a slash at its end.
        Root::new(self.folder.join("").to_string_lossy())
    }

    fn spool(&self) -> &Spool {
        &self.spool
    }

    /// Makes the folder hold what the rows name, and nothing else.
    async fn recover(&self, registry: &Registry) -> Result<(), ModulesError> {
        let named = registry.objects().await?;
        let (folder, grace, known) = (self.clone(), registry.grace(), named.clone());
        let (loose, missing) = blocking(move || {
            folder.spool.recover()?;
            let there = folder.objects()?;
            let loose = there.difference(&known).copied();
            let loose: Vec<_> = loose
                .filter(|object| folder.is_older(object, grace))
                .collect();
            let missing: Vec<_> = known.difference(&there).copied().collect();
            Ok((loose, missing))
        })
        .await?;
        for object in loose {
            self.sweep(registry, object).await?;
        }
        for object in missing {
            self.miss(registry, object).await?;
        }
        Ok(())
    }

    async fn add(
        &self,
        registry: &Registry,
        new: NewModule,
        received: Received,
    ) -> Result<Module, ModulesError> {
        let object = Object::of(received.digest());
        let added = self.insert(registry, new, received).await;
        if added.is_err()
            && let Err(error) = self.sweep(registry, object).await
        {
            left(&error, &object);
        }
        added
    }

    async fn remove(
        &self,
        registry: &Registry,
        id: &ModuleId,
    ) -> Result<Option<Removed>, ModulesError> {
        let mut changes = registry.begin().await?;
        let Some(module) = changes.module(id).await? else {
            changes.end().await?;
            return Ok(None);
        };
        changes.delete(id).await?;
        changes.keep().await?;
        done(Step::Removed);
        let swept = self.sweep(registry, module.object).await;
        let was_last = swept.unwrap_or_else(|error| {
            left(&error, &module.object);
            false
        });
        Ok(Some(Removed { module, was_last }))
    }

    async fn open(&self, object: &Object) -> io::Result<Pieces> {
        let file = tokio::fs::File::open(self.path(object)).await?;
        Ok(ReaderStream::with_capacity(file, PIECE).boxed())
    }
}
