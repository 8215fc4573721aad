//! What any service needs, whatever it serves.
//!
//! Nothing in here knows what a function is. Whoever puts a service together says
//! what there is to say about it, the fields of every log line for instance, as
//! plain values. That way one and the same room serves the server of functions, the
//! host of modules, and whatever comes next.

pub mod docs;
pub mod logs;
