//! Servers as processes, and a client to call them with: what the tests of whole
//! systems share.

mod client;
mod process;

pub use client::{Answer, Client, call};
pub use process::{Server, raise_file_limit};
