//! Assets, from good servers, wrong ones and hostile ones.

#![expect(clippy::unwrap_used, reason = "these are helpers of tests")]

mod bench;
mod bodies;
mod bounds;
mod buckets;
mod folders;
mod hops;
mod inline;
mod names;
mod secure;
mod server;
mod web;
