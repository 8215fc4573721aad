//! Requests on their way to whoever carries them out.
//!
//! A bus takes a request and does not lose it: [`submit`](Bus::submit) returns once it
//! lies where a machine that stops cannot take it. Whoever [receives](Bus::receive) it says
//! what became of it by one of the verbs of a [`Delivery`], and one that is dropped without
//! a word comes again. So a request is delivered at least once, and sometimes twice: to
//! carry it out once is the part of whoever receives it, who knows it by its
//! [id](RequestId).
//!
//! Nobody who uses a bus can tell one kind from another.

mod completion;
mod dead_letter;
mod delays;
mod delivery;
mod embedded;
mod error;
pub mod pulsar;
mod request;
mod status;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use completion::{Completion, Outcome};
pub use dead_letter::{DeadLetter, DeadLetterId, DeadLetters, DeadListing};
pub use delivery::{Delivery, Receipt};
pub use embedded::{Clock, Embedded, EmbeddedConfig};
pub use error::{BusError, SubmitError};
pub use pulsar::{Pulsar, PulsarConfig};
pub use request::{InvalidRequestId, Request, RequestId};
pub use status::{BusStatus, Source};

use crate::tenant::TenantId;

/// What carries requests.
pub trait Bus: fmt::Debug + Send + Sync {
    /// Takes a request, and returns once it will not be lost. One whose id waits already is
    /// the same one, and is not taken twice. Once begun it is finished, even if nobody
    /// waits for it any more.
    ///
    /// # Errors
    /// As many wait as may, one of the same id waits that asks for something else, or the
    /// bus fails.
    fn submit(&self, request: Request) -> BoxFuture<'_, Result<(), SubmitError>>;

    /// Waits for the next request. The tenants take turns, and of one tenant the oldest
    /// comes first. No more is taken from the queue than is asked for by calling this.
    ///
    /// # Errors
    /// The bus has come to its end.
    fn receive(&self) -> BoxFuture<'_, Result<Delivery, BusError>>;

    /// Some of the requests that were given up, the newest first.
    ///
    /// # Errors
    /// The bus fails.
    fn dead_letters<'a>(
        &'a self,
        wanted: &'a DeadListing,
    ) -> BoxFuture<'a, Result<DeadLetters, BusError>>;

    /// One of them, if it is there.
    ///
    /// # Errors
    /// The bus fails.
    fn dead_letter<'a>(
        &'a self,
        id: &'a DeadLetterId,
    ) -> BoxFuture<'a, Result<Option<DeadLetter>, BusError>>;

    /// Puts a request that was given up back into the queue, as a new one that
    /// [repeats](Request::repeats) it, and returns that; `None` where it is not there.
    ///
    /// # Errors
    /// As many wait as may, or the bus fails. The dead letter is still there then.
    fn replay<'a>(
        &'a self,
        id: &'a DeadLetterId,
    ) -> BoxFuture<'a, Result<Option<Request>, SubmitError>>;

    /// Takes a dead letter away for good, and returns it; `None` where it is not there.
    ///
    /// # Errors
    /// The bus fails.
    fn discard<'a>(
        &'a self,
        id: &'a DeadLetterId,
    ) -> BoxFuture<'a, Result<Option<DeadLetter>, BusError>>;

    /// How much there is of every tenant who has anything on the bus.
    ///
    /// # Errors
    /// The bus fails.
    fn backlog(&self) -> BoxFuture<'_, Result<BTreeMap<TenantId, Backlog>, BusError>>;

    /// Has [`hear`](Self::hear) tell from now on what becomes of requests of a tenant, those
    /// that ended up to so long ago among them. Of tenants of whom requests are submitted it
    /// does so by itself.
    ///
    /// # Errors
    /// The bus fails.
    fn listen<'a>(
        &'a self,
        tenant: &'a TenantId,
        since: Duration,
    ) -> BoxFuture<'a, Result<(), BusError>> {
        let _ = (tenant, since);
        Box::pin(std::future::ready(Ok(())))
    }

    /// Waits for the end of a request that was submitted here, whoever has carried it out:
    /// for ever, where nobody else does. Ends may come that nobody here knows of, or more
    /// than once.
    ///
    /// # Errors
    /// The bus has come to its end.
    fn hear(&self) -> BoxFuture<'_, Result<Completion, BusError>> {
        Box::pin(std::future::pending())
    }

    /// Whether a request may come again that was finished: whoever finishes it does well to
    /// write down that it was.
    fn sends_again(&self) -> bool {
        false
    }

    /// Whether the attempt of a [`Delivery`] was counted on a disk before it was delivered,
    /// so that one during which the host ends is known of.
    fn counts_attempts(&self) -> bool {
        false
    }

    /// How the bus fares. Waits for nothing.
    fn status(&self) -> BusStatus {
        BusStatus::default()
    }

    /// Looks for new places that requests come from, where such may appear.
    fn rescan(&self) {}

    /// Delivers nothing more, and gives back what nobody has in hand: whoever waits for a
    /// request hears that the bus has come to its end. What is in hand can still be
    /// finished.
    fn stop(&self) {}

    /// Tells all that is still to be told, and ends. What is in hand by now comes again.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// How many requests of somebody there are on a bus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Those that wait, for their first delivery or for another.
    pub waiting: u64,
    /// Those that are delivered, and of which nothing was said yet.
    pub in_flight: u64,
    /// Those that were given up.
    pub dead: u64,
}
