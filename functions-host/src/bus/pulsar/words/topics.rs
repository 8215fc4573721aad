//! The topics of a namespace.

use prost::{Enumeration, Message};

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandGetTopicsOfNamespace {
    #[prost(uint64, required, tag = "1")]
    pub(crate) request_id: u64,
    #[prost(string, required, tag = "2")]
    pub(crate) namespace: String,
    #[prost(enumeration = "Mode", optional, tag = "3")]
    pub(crate) mode: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(crate) enum Mode {
    Persistent = 0,
    NonPersistent = 1,
    All = 2,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandGetTopicsOfNamespaceResponse {
    #[prost(uint64, required, tag = "1")]
    pub(crate) request_id: u64,
    #[prost(string, repeated, tag = "2")]
    pub(crate) topics: Vec<String>,
}
