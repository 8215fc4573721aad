//! What a bus promises, stated once, and each bus put through it.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it goes wrong"
)]

mod admin;
mod embedded;
mod ground;
mod promises;
mod pulsar;
