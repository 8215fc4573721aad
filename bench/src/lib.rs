//! What the SDK costs, measured against a bare axum server.
//!
//! Figures of one machine mean little on another, and on a busy one they change
//! from minute to minute. So every benchmark runs two servers side by side in
//! turns, the one under test and a baseline that does the least that can be done,
//! and the ratio between them is what the goals are about.
//!
//! The load comes from a process that shares the machine with the server. Where
//! there are few cores its own cost dilutes the ratio of requests per second, so
//! the CPU time that the server alone spends on a request is reported beside it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "commands talk")]

pub mod benchmarks;
pub mod call;
pub mod guests;
pub mod host;
pub mod http;
pub mod load;
pub mod measured;
pub mod pairs;
pub mod report;
pub mod server;
pub mod settings;
pub mod statistics;
pub mod usage;
