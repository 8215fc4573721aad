//! A request in somebody's hands.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{BusError, Completion, Request};

/// A request that was delivered. Whoever has it says what became of it by one of its
/// verbs; one that is dropped, or whose verb fails, comes again.
#[derive(Debug)]
#[must_use = "a delivery that is dropped comes again"]
pub struct Delivery {
    /// What is asked for.
    pub request: Arc<Request>,
    /// Which delivery of it this is, from 1. Counted before it is delivered, so that one
    /// that takes its receiver down does not do so for ever.
    pub attempt: u32,
    receipt: Box<dyn Receipt>,
}

/// What a bus gives along with a request. One that is dropped makes the request come
/// again.
pub trait Receipt: fmt::Debug + Send {
    /// See [`Delivery::finish`].
    fn finish(self: Box<Self>, completion: Completion) -> BoxFuture<'static, Result<(), BusError>>;

    /// See [`Delivery::retry`].
    fn retry(self: Box<Self>, reason: String) -> BoxFuture<'static, Result<(), BusError>>;

    /// See [`Delivery::acknowledge`].
    fn acknowledge(self: Box<Self>) -> BoxFuture<'static, Result<(), BusError>>;

    /// See [`Delivery::dead_letter`].
    fn dead_letter(
        self: Box<Self>,
        reason: String,
        completion: Completion,
    ) -> BoxFuture<'static, Result<(), BusError>>;
}

impl Delivery {
    /// A delivery, as a bus makes it.
    pub fn new(request: impl Into<Arc<Request>>, attempt: u32, receipt: Box<dyn Receipt>) -> Self {
        Self {
            request: request.into(),
            attempt,
            receipt,
        }
    }

    /// It is done: its completion is told to all who want to know, and once that is
    /// certain the request goes, at once or a moment after this has returned.
    ///
    /// # Errors
    /// The bus fails, and the request comes again.
    pub async fn finish(self, completion: Completion) -> Result<(), BusError> {
        self.receipt.finish(completion).await
    }

    /// It was done before, and its completion was told then: it is gone, and nothing is told.
    ///
    /// # Errors
    /// The bus fails, and the request comes again.
    pub async fn acknowledge(self) -> Result<(), BusError> {
        self.receipt.acknowledge().await
    }

    /// It could not be done now: it comes again after a delay, which grows from a second
    /// with each attempt up to five minutes.
    ///
    /// # Errors
    /// The bus fails, and the request comes again sooner.
    pub async fn retry(self, reason: String) -> Result<(), BusError> {
        self.receipt.retry(reason).await
    }

    /// It is given up: told as a failure, and kept among the dead letters.
    ///
    /// # Errors
    /// The bus fails, and the request comes again.
    pub async fn dead_letter(self, reason: String, completion: Completion) -> Result<(), BusError> {
        self.receipt.dead_letter(reason, completion).await
    }
}
