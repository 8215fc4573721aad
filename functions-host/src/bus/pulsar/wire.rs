//! The conversation with brokers, in Pulsar's binary protocol.
//!
//! The client of the crate `pulsar` is not used, for what it does with messages of
//! strangers: it asks for more of them whether or not there is room, or holds
//! acknowledgements back until there is; it decompresses them without a bound; and of one
//! that it cannot read it does not say which it was, so that it could never be put aside.
//! Here a frame's payload stays as it came until whoever asked for it opens it.
//!
//! A [`Connection`] to a broker is shared by everything that is asked of it. It ends as a
//! whole, by the first failure of any kind, and all who wait on it hear why. Nothing in
//! here tries anything again: that is for those who know what it is good for.

mod brokers;
mod connection;
mod error;
mod frame;
mod route;

pub(super) use brokers::{Brokers, BrokersConfig};
pub(super) use connection::{Connection, Consumer, Delivered, Inbox, Producing};
pub(super) use error::WireError;
