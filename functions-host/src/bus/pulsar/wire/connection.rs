//! One connection to one broker.

mod consumer;
mod keeping;
mod producer;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

pub(in crate::bus::pulsar) use consumer::{Consumer, Delivered, Inbox};
pub(in crate::bus::pulsar) use producer::Producing;

use super::WireError;
use super::error::error_of;
use super::frame::Outgoing;
use super::route::Routes;
use crate::bus::pulsar::authentication::Authentication;
use crate::bus::pulsar::dial::Stream;
use crate::bus::pulsar::words::{
    AuthData, Command, CommandAuthResponse, CommandConnect, CommandGetSchema,
    CommandGetTopicsOfNamespace, CommandLookupTopic, CommandLookupTopicResponse,
    CommandPartitionedTopicMetadata, FeatureFlags, MessageMetadata, Mode, PartitionLookupType,
    Schema, ServerError,
};

/// The version of the protocol that is spoken: that of receipts for acknowledgements.
const VERSION: i32 = 17;

/// How many frames wait to be written.
const OUTBOX: usize = 1024;

/// The largest message, where a broker does not say.
const MESSAGE: usize = 5 << 20;

/// A connection to a broker. Clones are the same one.
#[derive(Clone)]
pub(in crate::bus::pulsar) struct Connection(Arc<Shared>);

struct Shared {
    outbox: mpsc::Sender<Outgoing>,
    routes: Routes,
    ids: AtomicU64,
    closed: CancellationToken,
    why: Mutex<Option<Arc<str>>>,
    max_message: usize,
    deadline: Duration,
    /// When something was heard last, in milliseconds since `begun`.
    heard: AtomicU64,
    begun: tokio::time::Instant,
}

/// How a connection is begun and kept.
#[derive(Clone)]
pub(super) struct Terms {
    pub(super) authentication: Arc<Authentication>,
    /// The broker behind a proxy, where there is one in between.
    pub(super) behind: Option<String>,
    /// How long an answer may take.
    pub(super) deadline: Duration,
    /// How long nothing may be heard before the broker is asked whether it is there. After
    /// as long again it is not.
    pub(super) keep_alive: Duration,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    /// Introduces itself, and keeps the connection from then on, on the current runtime.
    pub(super) async fn open(stream: Stream, terms: Terms) -> Result<Self, WireError> {
        let deadline = terms.deadline;
        let opened = timeout(deadline, keeping::open(stream, terms)).await;
        opened.unwrap_or(Err(WireError::Deadline {
            what: "a connection",
            after: deadline,
        }))
    }

    /// Whether it has ended.
    pub(in crate::bus::pulsar) fn is_closed(&self) -> bool {
        self.0.closed.is_cancelled()
    }

    /// Why it has ended, if it has.
    pub(in crate::bus::pulsar) fn ended(&self) -> Option<String> {
        self.is_closed().then(|| self.0.error().to_string())
    }

    /// Ends it.
    pub(super) fn close(&self, why: impl Into<Arc<str>>) {
        self.0.close(why);
    }

    /// Which broker serves a topic.
    pub(super) async fn lookup(
        &self,
        topic: &str,
        authoritative: bool,
    ) -> Result<Box<CommandLookupTopicResponse>, WireError> {
        const WHAT: &str = "a lookup";
        let answer = self.request(WHAT, |request_id| {
            Command::LookupTopic(CommandLookupTopic {
                topic: topic.to_owned(),
                request_id,
                authoritative: Some(authoritative),
            })
        });
        match answer.await? {
            Command::LookupTopicResponse(answer) => Ok(answer),
            _ => Err(senseless(WHAT)),
        }
    }

    /// How many partitions a topic has; 0 where it has none.
    pub(in crate::bus::pulsar) async fn partitions(&self, topic: &str) -> Result<u32, WireError> {
        const WHAT: &str = "a question for partitions";
        let answer = self.request(WHAT, |request_id| {
            Command::PartitionMetadata(CommandPartitionedTopicMetadata {
                topic: topic.to_owned(),
                request_id,
            })
        });
        let Command::PartitionMetadataResponse(answer) = answer.await? else {
            return Err(senseless(WHAT));
        };
        match answer.response.map(PartitionLookupType::try_from) {
            Some(Ok(PartitionLookupType::Failed)) => Err(WireError::Refused {
                what: WHAT,
                error: error_of(answer.error.unwrap_or_default()),
                message: answer.message.unwrap_or_default(),
            }),
            _ => Ok(answer.partitions.unwrap_or_default()),
        }
    }

    /// The persistent topics of a namespace, each partition one of them.
    pub(in crate::bus::pulsar) async fn topics(
        &self,
        namespace: &str,
    ) -> Result<Vec<String>, WireError> {
        const WHAT: &str = "a question for topics";
        let answer = self.request(WHAT, |request_id| {
            Command::GetTopicsOfNamespace(CommandGetTopicsOfNamespace {
                request_id,
                namespace: namespace.to_owned(),
                mode: Some(Mode::Persistent.into()),
            })
        });
        match answer.await? {
            Command::GetTopicsOfNamespaceResponse(answer) => Ok(answer.topics),
            _ => Err(senseless(WHAT)),
        }
    }

    /// The schema of a topic of this version; `None` where there is none.
    pub(in crate::bus::pulsar) async fn schema(
        &self,
        topic: &str,
        version: Option<Vec<u8>>,
    ) -> Result<Option<Schema>, WireError> {
        const WHAT: &str = "a question for a schema";
        let answer = self.request(WHAT, |request_id| {
            Command::GetSchema(CommandGetSchema {
                request_id,
                topic: topic.to_owned(),
                schema_version: version,
            })
        });
        let Command::GetSchemaResponse(answer) = answer.await? else {
            return Err(senseless(WHAT));
        };
        match answer.error_code.map(error_of) {
            None => Ok(answer.schema),
            Some(ServerError::TopicNotFound) => Ok(None),
            Some(error) => Err(WireError::Refused {
                what: WHAT,
                error,
                message: answer.error_message.unwrap_or_default(),
            }),
        }
    }

    /// Asks something, and waits for the answer.
    async fn request(
        &self,
        what: &'static str,
        command: impl FnOnce(u64) -> Command,
    ) -> Result<Command, WireError> {
        let shared = &self.0;
        let id = shared.next_id();
        let answer = shared.routes.request(id);
        let _forgotten = Forgotten(|| shared.routes.forget_request(id));
        let asked = async {
            shared.post(command(id), None).await?;
            answer.await.unwrap_or_else(|_| Err(shared.error()))
        };
        let answer = timeout(shared.deadline, asked).await.unwrap_or({
            let after = shared.deadline;
            Err(WireError::Deadline { what, after })
        });
        answer.map_err(|error| match error {
            WireError::Refused { error, message, .. } => WireError::Refused {
                what,
                error,
                message,
            },
            error => error,
        })
    }
}

impl Shared {
    fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    async fn post(
        &self,
        command: Command,
        message: Option<(Box<MessageMetadata>, bytes::Bytes)>,
    ) -> Result<(), WireError> {
        let said = command.into();
        let posted = self.outbox.send(Outgoing { said, message }).await;
        posted.map_err(|_| self.error())
    }

    /// Posts what nobody waits for, if there is room.
    fn post_now(&self, command: Command) -> bool {
        let outgoing = Outgoing {
            said: command.into(),
            message: None,
        };
        self.outbox.try_send(outgoing).is_ok()
    }

    fn close(&self, why: impl Into<Arc<str>>) {
        let mut said = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_none() {
            *said = Some(why.into());
        }
        drop(said);
        self.closed.cancel();
        self.routes.close();
    }

    /// Why it has ended.
    fn error(&self) -> WireError {
        let why = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = || Arc::from("the connection to the broker has ended");
        WireError::Connection(why.clone().unwrap_or_else(ended))
    }
}

/// What introduces us.
fn connect(behind: Option<String>, method: Option<&str>, data: Vec<u8>) -> Command {
    Command::Connect(Box::new(CommandConnect {
        client_version: concat!("functions-host-", env!("CARGO_PKG_VERSION")).to_owned(),
        auth_method_name: method.map(str::to_owned),
        auth_data: method.map(|_| data),
        protocol_version: Some(VERSION),
        proxy_to_broker_url: behind,
        feature_flags: Some(FeatureFlags {
            supports_auth_refresh: Some(true),
            supports_broker_entry_metadata: Some(false),
            supports_partial_producer: Some(false),
        }),
    }))
}

/// The answer where a broker asks again who we are.
fn auth_response(method: Option<&str>, data: Vec<u8>) -> Command {
    Command::AuthResponse(CommandAuthResponse {
        client_version: None,
        protocol_version: Some(VERSION),
        response: Some(AuthData {
            auth_method_name: method.map(str::to_owned),
            auth_data: Some(data),
        }),
    })
}

fn senseless(what: &'static str) -> WireError {
    WireError::Senseless {
        what,
        why: "it answers something else".to_owned(),
    }
}

/// Does something when it goes.
struct Forgotten<F: FnMut()>(F);

impl<F: FnMut()> Drop for Forgotten<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
