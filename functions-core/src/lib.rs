//! Serve plain async Rust functions over HTTP.
#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod service;
