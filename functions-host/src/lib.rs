//! A host for WASM modules of tenants who do not trust each other.
//!
//! An operator hands a module over; [`modules`] keeps it, [`engine`] runs it within what
//! [`policy`] allows, and [`api`] is how all are reached. Requests wait on the [`bus`]; the
//! [`worker`] takes them from there, fetches their [`assets`], has them run, and tells
//! [`executions`] what became of them; [`metrics`] counts it. What runs elsewhere is put on a
//! cluster by [`knative`]. [`host`] puts all of it together as [`config`] says.

pub mod api;
pub mod assets;
pub mod bus;
pub mod config;
mod cut;
pub mod database;
pub mod egress;
pub mod engine;
pub mod executions;
pub mod host;
pub mod knative;
pub mod metrics;
pub mod modules;
mod nearest;
pub mod policy;
pub mod postgres;
pub mod s3;
pub mod tenant;
pub mod worker;
