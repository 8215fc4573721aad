#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(feature = "server"),
    expect(dead_code, reason = "what runs functions is the server's executor")
)]

#[allow(
    unused_extern_crates,
    reason = "what the macro writes names the crate, in its own tests as well"
)]
extern crate self as functions_core;

mod arguments;
mod call;
mod context;
mod error;
#[cfg(feature = "server")]
mod executor;
mod function;
mod output;
mod parameter;
#[cfg(feature = "server")]
mod protocol;
mod registry;
mod reply;
mod schema;
mod state;

#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod events;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod testing;

pub use arguments::{ArgumentsError, FromCall};
pub use context::{CancellationToken, Context, Headers};
pub use error::FunctionError;
pub use function::{Function, Location};
pub use functions_macros::function;
pub use output::FunctionResult;
pub use parameter::Parameter;
pub use registry::{DuplicateFunctions, MissingStates, Registry};
pub use schema::{ArgumentDescription, Description};
#[cfg(feature = "server")]
pub use server::{BoundServer, Error, FunctionServer, Result};
pub use state::State;

/// Every block of Rust in the README of the repository, for `cargo test`.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../../README.md")]
struct Readme;

/// What the code that `#[function]` writes refers to. Not for anyone else: it
/// changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::arguments::{
        DefaultOf, Entries, Fault, FromCall, HiddenDefault, LentByCall, Slot, Slots,
    };
    pub use crate::call::{Call, FunctionFuture};
    pub use crate::error::IntoFunctionError;
    pub use crate::function::Function;
    pub use crate::output::{Kind, Returned, Value};
    pub use crate::parameter::{Source, StateKey};
    pub use crate::reply::Reply;
    pub use inventory;
}
