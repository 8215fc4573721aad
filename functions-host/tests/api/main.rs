//! The API, asked over the wire of a whole host in a process of its own.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it goes wrong"
)]

mod http;
mod server;
mod spinner;
mod wasm;

mod deploying;
mod ending;
mod executing;
mod following;
mod giving_up;
mod hostile;
mod killing;
mod metrics;
mod noise;
mod reading;
mod readme;
mod running;
mod settings;
mod tenants;
mod terms;
mod uploads;
