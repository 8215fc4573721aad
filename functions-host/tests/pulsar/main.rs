//! Whole hosts in processes of their own on a real Pulsar, with senders and listeners that
//! share no code with them.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test ends where it goes wrong"
)]

#[path = "../api/http.rs"]
#[expect(
    dead_code,
    reason = "it is shared with other tests, which use more of it"
)]
mod http;
#[path = "../api/server.rs"]
#[expect(dead_code, reason = "likewise")]
mod server;
#[path = "../assets/server.rs"]
#[expect(dead_code, reason = "likewise")]
mod store;
#[path = "../api/wasm.rs"]
#[expect(dead_code, reason = "likewise")]
mod wasm;

mod contract;
mod ground;
mod listener;
mod load;
mod request;
mod sender;
mod soon;

mod appearing;
mod assets;
mod faults;
mod flood;
mod java;
mod killed;
mod leaving;
mod metrics;
mod named;
mod one;
mod poison;
mod python;
mod together;
mod unloading;
mod unwritable;
