//! What may be reached from here: by the host on behalf of a tenant, and by guests.
//!
//! The rest of the network sees this host as one of its own. Whoever may have it open an
//! address of his choice sits behind its firewall: next to the databases, the
//! administrators' pages and the cloud's metadata service. So what is opened for others
//! goes through a policy, and by default only what everybody can reach is within it.

mod address;
mod client;
mod dialer;
mod host;
mod pattern;
mod policy;
mod resolver;
mod stream;
mod tls;

pub use client::{Body, Client, ClientConfig, SendError};
pub use dialer::DialError;
pub use host::{Host, InvalidHost};
pub use http::{Request, Response};
pub use pattern::{HostPattern, InvalidPattern};
pub use policy::{InvalidRule, Policy, Reach, Refused, Rule, Why};
pub use resolver::{Resolve, System};

#[cfg(test)]
mod tests;
