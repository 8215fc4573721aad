//! The objects in a bucket: put there, read, removed. Each request is bounded in time, and
//! repeated a few times where it did not get through.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3;
use object_store::path::Path as Key;
use object_store::{
    BackoffConfig, Error, MultipartUpload, ObjectStore as _, ObjectStoreExt as _, RetryConfig,
};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

use super::Pieces;
use super::trouble::{silent, trouble, unread};
use crate::modules::object::{Object, Root};
use crate::modules::upload::Received;
use crate::modules::{BucketConfig, BucketUrl, ModulesError};
use crate::s3::Opener;

/// What is larger goes in parts of this size, one after the other. Stores take none below
/// 5 MiB.
const PART: u64 = 8 << 20;

#[derive(Debug)]
pub(super) struct Objects {
    store: AmazonS3,
    url: BucketUrl,
    idle: Duration,
    timeout: Duration,
}

impl Objects {
    /// Asks nothing of the store.
    pub(super) fn new(config: &BucketConfig, timeout: Duration) -> Result<Self, ModulesError> {
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(5),
                base: 2.0,
            },
            max_retries: config.retries,
            retry_timeout: timeout,
        };
        let opener = Opener::new(config.access.clone(), config.idle, retry);
        let store = opener.open(config.url.bucket());
        let store = store.map_err(|error| ModulesError::Store {
            what: "opened",
            url: config.url.to_string(),
            why: error.to_string(),
            is_transient: false,
        })?;
        Ok(Self {
            store,
            url: config.url.clone(),
            idle: config.idle,
            timeout,
        })
    }

    /// Where the objects are, as it is told.
    pub(super) fn root(&self) -> Root {
        Root::new(format!("{}/", self.url))
    }

    fn key(&self, object: &Object) -> Key {
        self.url.key(&object.to_string())
    }

    /// Looks whether there is such a bucket, and whether it is open to us.
    pub(super) async fn look(&self) -> Result<(), ModulesError> {
        let mut listed = self.store.list(Some(self.url.prefix()));
        let first = self.within(async { listed.next().await.transpose() });
        let Err(error) = first.await else {
            return Ok(());
        };
        // Of a list that is refused no more than a sentence is told.
        let said = error.to_string();
        let (path, source) = (String::new(), Box::new(error));
        let error = match said {
            said if said.contains("404 Not Found") => Error::NotFound { path, source },
            said if said.contains("403 Forbidden") => Error::PermissionDenied { path, source },
            _ => *source,
        };
        Err(trouble("opened", self.url.to_string(), &error))
    }

    /// Puts the bytes of an upload there.
    pub(super) async fn put(
        &self,
        object: &Object,
        received: &Received,
    ) -> Result<(), ModulesError> {
        let key = self.key(object);
        let path = received.incoming.path();
        let unreadable = |error| ModulesError::file("read", path, error);
        let mut file = File::open(path).await.map_err(unreadable)?;
        let trouble = |error: Error| trouble("written", self.root().path(object), &error);
        if received.size() <= PART {
            let bytes = part(&mut file).await.map_err(trouble)?;
            let put = self.store.put(&key, bytes.into());
            return self.within(put).await.map(drop).map_err(trouble);
        }
        let upload = self.store.put_multipart(&key);
        let mut upload = self.within(upload).await.map_err(trouble)?;
        let put = self.within(put_parts(&mut *upload, &mut file)).await;
        if put.is_err() {
            // What is left where this fails, too, the store forgets as it is set.
            let _ = timeout(self.idle, upload.abort()).await;
        }
        put.map_err(trouble)
    }

    /// Removes an object, if it is there.
    pub(super) async fn remove(&self, object: &Object) -> Result<(), ModulesError> {
        let key = self.key(object);
        match self.within(self.store.delete(&key)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(trouble("removed", self.root().path(object), &error)),
        }
    }

    /// The bytes of an object. A store that is silent for too long breaks them off.
    pub(super) async fn open(&self, object: &Object) -> io::Result<Pieces> {
        let url = self.root().path(object);
        let found = self.within(self.store.get(&self.key(object))).await;
        let found = found.map_err(|error| unread(url.clone(), &error))?;
        Ok(bounded(found.into_stream(), self.idle)
            .map_err(move |error| unread(url.clone(), &error))
            .boxed())
    }

    /// Within the time that one piece of work may take.
    async fn within<T>(
        &self,
        work: impl Future<Output = object_store::Result<T>>,
    ) -> object_store::Result<T> {
        timeout(self.timeout, work)
            .await
            .unwrap_or_else(|_| Err(silent()))
    }
}

/// The next part of a file; nothing at its end.
async fn part(file: &mut File) -> object_store::Result<Bytes> {
    let mut part = Vec::new();
    let read = file.take(PART).read_to_end(&mut part).await;
    match read {
        Ok(_) => Ok(part.into()),
        Err(error) => Err(Error::Generic {
            store: "file",
            source: error.into(),
        }),
    }
}

async fn put_parts(upload: &mut dyn MultipartUpload, file: &mut File) -> object_store::Result<()> {
    loop {
        let part = part(file).await?;
        if part.is_empty() {
            return upload.complete().await.map(drop);
        }
        upload.put_part(part.into()).await?;
    }
}

/// Breaks off what is silent for `idle`.
fn bounded(
    pieces: BoxStream<'static, object_store::Result<Bytes>>,
    idle: Duration,
) -> impl Stream<Item = object_store::Result<Bytes>> {
    stream::unfold(Some(pieces), move |pieces| async move {
        let mut pieces = pieces?;
        match timeout(idle, pieces.next()).await {
            Ok(piece) => Some((piece?, Some(pieces))),
            Err(_) => Some((Err(silent()), None)),
        }
    })
}
