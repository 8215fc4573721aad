//! Where messages go. Implement [`Publisher`] and [`Session`] to announce events by
//! other means than RabbitMQ.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, pending};
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::Message;

/// Connects to wherever messages go.
///
/// It need not care about time or repetition: every call has a deadline, and what
/// fails is tried again, later and later. A call that is given up is dropped, at any
/// of its awaits.
pub trait Publisher: Send + Sync + 'static {
    /// What is published on.
    type Session: Session;

    /// What it connects to, for the log. It must not hold a secret.
    fn target(&self) -> String;

    /// Connects, once.
    ///
    /// # Errors
    /// There is no connection; see [`PublishError`] for the two kinds.
    fn connect(&self) -> impl Future<Output = Result<Self::Session, PublishError>> + Send;
}

/// A connection that takes messages until it is closed or lost.
///
/// A session that has failed once, in [`publish`](Self::publish) or by
/// [`Notice::Lost`], is dropped, and another one is asked for. It is not shared:
/// there is one publication at a time.
pub trait Session: Send + Sync + 'static {
    /// Publishes a message, and returns once the other side has it for good.
    ///
    /// # Errors
    /// The message may not have arrived, and the session cannot be used any more.
    fn publish(
        &self,
        message: &Message,
    ) -> impl Future<Output = Result<Receipt, PublishError>> + Send;

    /// Waits for something that is to be known between two messages, or while one is
    /// published. What has been returned once is not returned again, and nothing is
    /// lost where the wait is given up.
    fn notice(&self) -> impl Future<Output = Notice> + Send {
        pending()
    }

    /// Says goodbye.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// What became of a message that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// The other side has taken responsibility for it.
    Delivered,
    /// The other side is well, but nobody there wants the message. Says why.
    Unroutable(String),
}

/// What a session has to tell by itself.
#[derive(Debug)]
pub enum Notice {
    /// Nothing is taken for the time being. Says why.
    Blocked(String),
    /// Messages are taken again.
    Unblocked,
    /// The session is over.
    Lost(PublishError),
}

/// Why there is no session (any more).
#[derive(Debug)]
pub struct PublishError {
    refused: bool,
    source: Box<dyn StdError + Send + Sync>,
}

impl PublishError {
    /// The other side cannot be reached, or has gone away. That happens, and passes
    /// without anybody's doing.
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            refused: false,
            source: source.into(),
        }
    }

    /// The other side is there and says no: a wrong password, a missing permission.
    /// Somebody has to change something.
    pub fn refused(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            refused: true,
            source: source.into(),
        }
    }

    /// Whether the other side said no.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl StdError for PublishError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.source()
    }
}

/// A publisher of whichever type.
pub(crate) trait AnyPublisher: Send + Sync {
    fn target(&self) -> String;
    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn AnySession>, PublishError>>;
}

/// A session of whichever type.
pub(crate) trait AnySession: Send + Sync {
    fn publish<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, PublishError>>;
    fn notice(&self) -> BoxFuture<'_, Notice>;
    fn close(self: Box<Self>) -> BoxFuture<'static, ()>;
}

impl<P: Publisher> AnyPublisher for P {
    fn target(&self) -> String {
        Publisher::target(self)
    }

    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn AnySession>, PublishError>> {
        Box::pin(async {
            let session = contain(Publisher::connect(self)).await?;
            Ok(Box::new(session) as Box<dyn AnySession>)
        })
    }
}

impl<S: Session> AnySession for S {
    fn publish<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, PublishError>> {
        Box::pin(contain(Session::publish(self, message)))
    }

    fn notice(&self) -> BoxFuture<'_, Notice> {
        Box::pin(Session::notice(self))
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(Session::close(*self))
    }
}

/// A panic of a publisher must not end all announcements for good.
async fn contain<T>(
    attempt: impl Future<Output = Result<T, PublishError>>,
) -> Result<T, PublishError> {
    match AssertUnwindSafe(attempt).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(PublishError::unavailable("the publisher panicked")),
    }
}

impl fmt::Debug for dyn AnyPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Publisher").field(&self.target()).finish()
    }
}
