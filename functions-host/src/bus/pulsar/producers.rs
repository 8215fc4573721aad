//! What puts messages into topics.
//!
//! There is a producer for each topic that was needed, and one is made once, however many
//! need it at once. One that is lost is made anew by whoever needs it next.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use tokio::time::{Instant, sleep};

use super::names;
use super::schema::{COMPLETION_SCHEMA, REQUEST_SCHEMA};
use super::wire::{Brokers, Producing, WireError};
use crate::bus::pulsar::words::{MessageIdData, MessageMetadata, Schema, SchemaType, ServerError};

/// How many topics have a producer at most.
const MOST: usize = 20_000;

/// How long it is known how many partitions a topic has.
const PARTITIONS: Duration = Duration::from_secs(30);

/// What a topic's messages are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Content {
    /// Requests, by the contract's schema.
    Requests,
    /// Completions, by the contract's schema.
    Completions,
    /// Messages as others have written them.
    Letters,
}

pub(super) struct Producers {
    brokers: Arc<Brokers>,
    all: Mutex<HashMap<Key, Making>>,
    partitions: Mutex<HashMap<String, (u32, Instant)>>,
}

type Key = (String, Content);

type Making = Shared<BoxFuture<'static, Result<Arc<Producing>, WireError>>>;

impl fmt::Debug for Producers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producers").finish_non_exhaustive()
    }
}

impl Producers {
    pub(super) fn new(brokers: Arc<Brokers>) -> Self {
        Self {
            brokers,
            all: Mutex::default(),
            partitions: Mutex::default(),
        }
    }

    /// Puts a message into a topic, and waits until it is stored there.
    ///
    /// # Errors
    /// It is not, as far as is known.
    pub(super) async fn put(
        &self,
        topic: &str,
        content: Content,
        metadata: MessageMetadata,
        payload: Bytes,
    ) -> Result<MessageIdData, WireError> {
        let topic = self
            .partition(topic, metadata.partition_key.as_deref())
            .await?;
        let key = (topic, content);
        let producing = self.producing(&key).await?;
        let put = match content {
            Content::Completions => producing.send_together(metadata, payload).await,
            Content::Requests | Content::Letters => producing.send(metadata, payload).await,
        };
        if put.is_err() && producing.is_gone() {
            self.forget(&key, &producing);
        }
        put
    }

    /// Puts a message into a topic, again and again until it is stored there, the time is
    /// over, or it never will be. It is `written` for each attempt.
    pub(super) async fn put_within(
        &self,
        time: Duration,
        topic: &str,
        content: Content,
        written: impl Fn() -> (MessageMetadata, Bytes),
    ) -> Result<MessageIdData, WireError> {
        let end = Instant::now() + time;
        let mut pause = Duration::from_millis(50);
        loop {
            let (metadata, payload) = written();
            match self.put(topic, content, metadata, payload).await {
                Err(error) if passes(&error) && Instant::now() + pause < end => {
                    sleep(pause).await;
                    pause = pause.saturating_mul(2).min(Duration::from_secs(2));
                }
                put => return put,
            }
        }
    }

    /// Closes all of them.
    pub(super) fn close(&self) {
        let all = std::mem::take(&mut *self.all.lock().unwrap_or_else(PoisonError::into_inner));
        drop(all);
    }

    /// The topic itself, or the partition of it where messages of this key lie.
    async fn partition(&self, topic: &str, key: Option<&str>) -> Result<String, WireError> {
        let many = self.partitions_of(topic).await?;
        if many == 0 {
            return Ok(topic.to_owned());
        }
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let number = hasher
            .finish()
            .checked_rem(u64::from(many))
            .unwrap_or_default();
        let number = u32::try_from(number).unwrap_or_default();
        Ok(names::partition(topic, number))
    }

    async fn partitions_of(&self, topic: &str) -> Result<u32, WireError> {
        let known = {
            let known = self
                .partitions
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            known.get(topic).copied()
        };
        if let Some((many, when)) = known
            && when.elapsed() < PARTITIONS
        {
            return Ok(many);
        }
        let many = self.brokers.any().await?.partitions(topic).await?;
        let mut known = self
            .partitions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(topic.to_owned(), (many, Instant::now()));
        Ok(many)
    }

    async fn producing(&self, key: &Key) -> Result<Arc<Producing>, WireError> {
        let making = {
            let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
            let usable = all.get(key).filter(|making| match making.peek() {
                None => true,
                Some(Ok(producing)) => !producing.is_gone(),
                Some(Err(_)) => false,
            });
            match usable {
                Some(making) => match making.peek() {
                    Some(made) => return made.clone(),
                    None => making.clone(),
                },
                None => {
                    if all.len() >= MOST {
                        all.clear();
                    }
                    let making = self.make(key.clone());
                    all.insert(key.clone(), making.clone());
                    making
                }
            }
        };
        making.await
    }

    /// Makes a producer, whether or not those who wait for it go away.
    fn make(&self, (topic, content): Key) -> Making {
        let brokers = Arc::clone(&self.brokers);
        let made = tokio::spawn(async move {
            let connection = brokers.of(&topic).await?;
            let producing = connection.produce(&topic, content.schema()).await?;
            Ok(Arc::new(producing))
        });
        async {
            let ended = |error: tokio::task::JoinError| Err(WireError::ended(&error));
            made.await.unwrap_or_else(ended)
        }
        .boxed()
        .shared()
    }

    fn forget(&self, key: &Key, lost: &Arc<Producing>) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let is_lost = |making: &Making| match making.peek() {
            Some(Ok(producing)) => Arc::ptr_eq(producing, lost),
            _ => false,
        };
        if all.get(key).is_some_and(is_lost) {
            all.remove(key);
        }
    }
}

impl Content {
    fn schema(self) -> Option<Schema> {
        let (name, text) = match self {
            Self::Requests => ("ExecuteWasmFunction", REQUEST_SCHEMA),
            Self::Completions => ("FunctionExecutionCompleted", COMPLETION_SCHEMA),
            Self::Letters => return None,
        };
        Some(Schema {
            name: name.to_owned(),
            schema_data: text.as_bytes().to_vec(),
            r#type: SchemaType::Avro.into(),
            properties: Vec::new(),
        })
    }
}

/// Whether what went wrong may go right in a moment.
fn passes(error: &WireError) -> bool {
    match error {
        WireError::TooLarge { .. } => false,
        error => !matches!(
            error.refusal(),
            Some(
                ServerError::AuthorizationError
                    | ServerError::AuthenticationError
                    | ServerError::IncompatibleSchema
                    | ServerError::InvalidTopicName
                    | ServerError::TopicTerminatedError
                    | ServerError::NotAllowedError
            )
        ),
    }
}
