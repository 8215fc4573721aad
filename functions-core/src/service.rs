//! What any service needs, whatever it serves.
//!
//! Logs, connections and their limits, bodies and their limits, the signals that
//! end a process, answers for what went wrong, a page for an API's documentation:
//! nothing in here knows what a function is. Whoever puts a service together says
//! what there is to say about it as plain values, so that one and the same room
//! serves the SDK's server and the host.

pub mod body;
pub mod connections;
pub mod detail;
pub mod docs;
pub mod lifecycle;
pub mod listener;
pub mod logs;
