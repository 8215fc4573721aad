//! A host for WASM modules of tenants who do not trust each other.
//!
//! An operator hands a module over; [`modules`] keeps it, [`engine`] runs it, and [`api`]
//! is how both are reached. [`host`] puts them together as [`config`] says.

pub mod api;
pub mod config;
pub mod engine;
pub mod host;
pub mod modules;
pub mod tenant;
