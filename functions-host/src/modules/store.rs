//! Where the bytes of modules lie.
//!
//! A store knows the order in which bytes and rows are written and taken away, since that
//! follows from how long its own steps take. What every order keeps to: bytes are there for
//! good before a row names them, and a row is gone for good before its bytes go.

mod bucket;
mod folder;
mod objects;
mod trouble;
#[cfg(test)]
pub(super) use bucket::Bucket;

use std::fmt;
use std::io;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use super::incoming::Spool;
use super::object::{Object, Root};
use super::registry::Registry;
use super::upload::Received;
use super::{
    Module, ModuleId, ModulesConfig, ModulesError, NewModule, RegistryConfig, Removed, StoreConfig,
};

/// Bytes, piece by piece.
pub(super) type Pieces = BoxStream<'static, io::Result<Bytes>>;

#[async_trait]
pub(super) trait Store: fmt::Debug + Send + Sync {
    /// Where it is, as it is told.
    fn root(&self) -> Root;

    /// Where uploads are received.
    fn spool(&self) -> &Spool;

    /// Takes away what a process that was stopped in the middle has left.
    async fn recover(&self, registry: &Registry) -> Result<(), ModulesError>;

    /// Adds a module, with its bytes.
    async fn add(
        &self,
        registry: &Registry,
        new: NewModule,
        received: Received,
    ) -> Result<Module, ModulesError>;

    /// Removes a module, and its bytes where no other has them.
    async fn remove(
        &self,
        registry: &Registry,
        id: &ModuleId,
    ) -> Result<Option<Removed>, ModulesError>;

    /// The bytes of an object.
    async fn open(&self, object: &Object) -> io::Result<Pieces>;
}

/// The store that is meant.
pub(super) async fn open(config: &ModulesConfig) -> Result<Box<dyn Store>, ModulesError> {
    Ok(match &config.store {
        StoreConfig::Folder(folder) => {
            if matches!(config.registry, RegistryConfig::Postgres(_)) {
                tracing::warn!(
                    folder = %folder.display(),
                    "The bytes of modules lie in a folder, and what is known of them in a \
                     PostgreSQL: all hosts on it have to see this very folder"
                );
            }
            Box::new(folder::Folder::open(folder.clone()).await?)
        }
        StoreConfig::Bucket(bucket) => {
            Box::new(bucket::Bucket::open(bucket, config.timeout).await?)
        }
    })
}

/// Bytes that no module has could not be taken away.
fn left(error: &ModulesError, object: &Object) {
    tracing::warn!(%error, %object, "Bytes that no module has are left until a later start");
}
