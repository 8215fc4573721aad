//! Servers as processes, a client to call them with, and a broker that they publish to:
//! what the tests of whole systems share.

pub mod broker;
mod client;
mod process;
mod proxy;

pub use broker::Broker;
pub use client::{Answer, Client, call};
pub use process::{Server, raise_file_limit};
pub use proxy::Proxy;
