//! The engine, with modules as they come: good, wrong, and hostile.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these are helpers of tests"
)]

mod bench;
mod commands;
mod compiling;
mod components;
mod hostile;
mod outgoing;
mod pointer;
mod refusals;
mod sharing;
