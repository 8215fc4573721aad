//! Bytes on their way in: to the disk while they are hashed, within bounds.
//!
//! An upload holds no more than a piece of itself in memory. The disk is asked how full
//! it is again and again, since others write on it too.

use std::io::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::files::blocking;
use super::incoming::{Incoming, Spool};
use super::steps::{Step, done};
use super::{Digest, ModulesError, UploadError};

/// So many bytes are written at once.
const PIECE: usize = 256 << 10;

/// After so many bytes the disk is looked at again.
const LOOK: u64 = 4 << 20;

/// What bounds an upload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) max_bytes: u64,
    pub(super) timeout: Duration,
    pub(super) reserve: u64,
}

/// The bytes of an upload, all there, in a file that goes when this is dropped.
///
/// It keeps its place among the uploads as long as it is there.
#[derive(Debug)]
pub struct Received {
    pub(super) incoming: Incoming,
    digest: Digest,
    size: u64,
    _place: Option<OwnedSemaphorePermit>,
}

impl Received {
    /// The digest of the bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// How many there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The bytes, in memory.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn bytes(&self) -> Result<Bytes, ModulesError> {
        let path = self.incoming.path().to_owned();
        let bytes = tokio::fs::read(&path).await;
        bytes
            .map(Bytes::from)
            .map_err(|error| ModulesError::file("read", &path, error))
    }
}

/// Receives all of `bytes` within the bounds, after its turn has come.
pub(super) async fn receive<S, E>(
    spool: &Spool,
    bounds: Bounds,
    places: Arc<Semaphore>,
    bytes: S,
) -> Result<Received, UploadError>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let all = async {
        // Fails only once closed, which nobody does.
        let place = places.acquire_owned().await.ok();
        let spool = spool.clone();
        let mut writing = blocking(move || Writing::begin(spool)).await?;
        writing = writing.look(bounds).await?;
        let mut bytes = pin!(bytes);
        while let Some(piece) = bytes.next().await {
            let piece = piece.map_err(|error| UploadError::Broken(error.into()))?;
            writing = writing.take(&piece, bounds).await?;
        }
        Ok(writing.finish(place).await?)
    };
    match tokio::time::timeout(bounds.timeout, all).await {
        Ok(received) => received,
        Err(_) => Err(UploadError::TimedOut(bounds.timeout)),
    }
}

/// A file that is being written.
struct Writing {
    spool: Spool,
    incoming: Incoming,
    hash: Sha256,
    size: u64,
    looked_at: u64,
    waiting: Vec<u8>,
}

impl Writing {
    fn begin(spool: Spool) -> Result<Self, ModulesError> {
        let incoming = spool.begin()?;
        Ok(Self {
            spool,
            incoming,
            hash: Sha256::new(),
            size: 0,
            looked_at: 0,
            waiting: Vec::with_capacity(PIECE),
        })
    }

    async fn take(mut self, piece: &[u8], bounds: Bounds) -> Result<Self, UploadError> {
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.size = self.size.saturating_add(length);
        if self.size > bounds.max_bytes {
            return Err(UploadError::TooLarge(bounds.max_bytes));
        }
        self.waiting.extend_from_slice(piece);
        if self.waiting.len() >= PIECE {
            self = blocking(move || self.write()).await?;
        }
        if self.size.saturating_sub(self.looked_at) >= LOOK {
            self = self.look(bounds).await?;
        }
        Ok(self)
    }

    /// Looks whether there is room for what may come until the next look.
    async fn look(mut self, bounds: Bounds) -> Result<Self, UploadError> {
        self.looked_at = self.size;
        let spool = self.spool.clone();
        let left = blocking(move || spool.left()).await?;
        let reserve = bounds.reserve;
        if left < reserve.saturating_add(LOOK.min(bounds.max_bytes)) {
            return Err(UploadError::DiskFull { left, reserve });
        }
        Ok(self)
    }

    fn write(mut self) -> Result<Self, ModulesError> {
        self.hash.update(&self.waiting);
        let written = self.incoming.file.write_all(&self.waiting);
        written.map_err(|error| ModulesError::file("written", self.incoming.path(), error))?;
        self.waiting.clear();
        done(Step::Written);
        Ok(self)
    }

    async fn finish(self, place: Option<OwnedSemaphorePermit>) -> Result<Received, ModulesError> {
        blocking(move || {
            let written = self.write()?;
            let synced = written.incoming.file.sync_all();
            let path = written.incoming.path();
            synced.map_err(|error| ModulesError::file("written", path, error))?;
            done(Step::Received);
            let digest: [u8; 32] = written.hash.finalize().into();
            Ok(Received {
                incoming: written.incoming,
                digest: digest.into(),
                size: written.size,
                _place: place,
            })
        })
        .await
    }
}
