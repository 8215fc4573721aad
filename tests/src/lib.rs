//! Servers as processes and as images, a client to call them with, and what they lean on, a
//! broker, a Pulsar, a PostgreSQL and the API server of a cluster: what the tests of whole
//! systems share.

pub mod broker;
mod certificates;
mod client;
mod image;
pub mod kubernetes;
pub mod postgres;
mod private;
mod process;
mod proxy;
pub mod pulsar;
mod revision;

pub use broker::Broker;
pub use client::{Answer, Client, call};
pub use image::{Contained, Image, ImageConfig, Stage};
pub use process::{Server, raise_file_limit};
pub use proxy::Proxy;
pub use revision::{Probe, QueueProxy, Revision};
