//! Functions behind HTTP.

pub mod openapi;
