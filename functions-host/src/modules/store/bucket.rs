//! A bucket of a store that speaks S3.
//!
//! The way there is long, and nobody is locked out for so long. So a transaction writes
//! down what is on its way, the bytes go into the bucket, and another transaction makes a
//! module of them. A module that goes leaves its bytes written down as loose, in the same
//! transaction, and then they go. What a stop leaves is found in the database, so the
//! bucket is never searched, and whatever else lies in it is safe.
//!
//! An object that has no module any more never gets one again: its name is used once. So
//! it does not matter how late its removal reaches the store.

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;

use super::objects::Objects;
use super::{Pieces, Store, left};
use crate::modules::files::blocking;
use crate::modules::incoming::Spool;
use crate::modules::object::{Object, Root};
use crate::modules::registry::Registry;
use crate::modules::steps::{Step, done};
use crate::modules::upload::Received;
use crate::modules::{BucketConfig, Module, ModuleId, ModulesError, NewModule, Removed};

#[derive(Debug)]
pub(in crate::modules) struct Bucket {
    objects: Objects,
    spool: Spool,
}

impl Bucket {
    pub(in crate::modules) async fn open(
        config: &BucketConfig,
        timeout: Duration,
    ) -> Result<Self, ModulesError> {
        let spool = Spool::open(config.incoming.clone()).await?;
        let objects = Objects::new(config, timeout)?;
        objects.look().await?;
        Ok(Self { objects, spool })
    }

    /// Brings bytes into the bucket, which nobody names yet.
    pub(in crate::modules) async fn bring(
        &self,
        registry: &Registry,
        object: &Object,
        received: &Received,
    ) -> Result<(), ModulesError> {
        let mut changes = registry.begin().await?;
        changes.note(object).await?;
        changes.keep().await?;
        done(Step::Noted);
        self.objects.put(object, received).await?;
        done(Step::Kept);
        Ok(())
    }

    /// Makes a module, of bytes that another has, or else of these.
    pub(in crate::modules) async fn insert(
        &self,
        registry: &Registry,
        new: &NewModule,
        received: &Received,
        brought: Option<&Object>,
    ) -> Result<Option<Module>, ModulesError> {
        let mut changes = registry.begin().await?;
        changes.hold(received.digest()).await?;
        if changes.is_taken(&new.id).await? {
            changes.end().await?;
            return Err(ModulesError::Exists(new.id.clone()));
        }
        let object = match (changes.object(received.digest()).await?, brought) {
            (Some(shared), _) => shared,
            (None, Some(brought)) if changes.claim(brought).await? => *brought,
            (None, Some(_)) => {
                changes.end().await?;
                let why = "its bytes took too long to come into the bucket";
                return Err(ModulesError::Interrupted(why.to_owned()));
            }
            (None, None) => {
                changes.end().await?;
                return Ok(None);
            }
        };
        let module = registry.module(new.clone(), received, object);
        changes.insert(&module).await?;
        changes.keep().await?;
        done(Step::Added);
        Ok(Some(module))
    }

    async fn bring_and_insert(
        &self,
        registry: &Registry,
        new: &NewModule,
        received: &Received,
        object: &Object,
    ) -> Result<Module, ModulesError> {
        self.bring(registry, object, received).await?;
        let module = self.insert(registry, new, received, Some(object)).await?;
        module.ok_or_else(|| ModulesError::Interrupted("its bytes are gone".to_owned()))
    }

    /// Takes an object away, unless a module has it.
    pub(in crate::modules) async fn discard(
        &self,
        registry: &Registry,
        object: &Object,
    ) -> Result<(), ModulesError> {
        let mut changes = registry.begin().await?;
        let is_named = changes.names(object).await?;
        let is_doomed = match is_named {
            true => changes.forget(object).await.map(|()| false)?,
            false => changes.doom(object).await?,
        };
        changes.keep().await?;
        if !is_doomed {
            return Ok(());
        }
        self.objects.remove(object).await?;
        done(Step::Unlinked);
        let mut changes = registry.begin().await?;
        changes.forget(object).await?;
        changes.keep().await?;
        done(Step::Forgotten);
        Ok(())
    }

    async fn discard_or_tell(&self, registry: &Registry, object: &Object) {
        if let Err(error) = self.discard(registry, object).await {
            left(&error, object);
        }
    }
}

#[async_trait]
impl Store for Bucket {
    fn root(&self) -> Root {
        self.objects.root()
    }

    fn spool(&self) -> &Spool {
        &self.spool
    }

    async fn recover(&self, registry: &Registry) -> Result<(), ModulesError> {
        let spool = self.spool.clone();
        blocking(move || spool.recover()).await?;
        let loose: HashSet<_> = registry.loose().await?;
        for object in loose {
            let Err(error) = self.discard(registry, &object).await else {
                continue;
            };
            // The others would fare no better.
            left(&error, &object);
            break;
        }
        Ok(())
    }

    async fn add(
        &self,
        registry: &Registry,
        new: NewModule,
        received: Received,
    ) -> Result<Module, ModulesError> {
        // Where another module has the same bytes there is nothing to bring.
        if let Some(module) = self.insert(registry, &new, &received, None).await? {
            return Ok(module);
        }
        let object = Object::unique(received.digest());
        let added = self.bring_and_insert(registry, &new, &received, &object);
        let added = added.await;
        if !matches!(&added, Ok(module) if module.object == object) {
            self.discard_or_tell(registry, &object).await;
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
        let object = module.object;
        changes.hold(object.digest()).await?;
        changes.delete(id).await?;
        let is_loose = !changes.names(&object).await?;
        if is_loose {
            changes.loosen(&object).await?;
        }
        let was_last = !changes.has(object.digest()).await?;
        changes.keep().await?;
        done(Step::Removed);
        if is_loose {
            self.discard_or_tell(registry, &object).await;
        }
        Ok(Some(Removed { module, was_last }))
    }

    async fn open(&self, object: &Object) -> std::io::Result<Pieces> {
        self.objects.open(object).await
    }
}
