//! Which broker serves a topic, and how many partitions it has.

use prost::{Enumeration, Message};

use super::ServerError;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandLookupTopic {
    #[prost(string, required, tag = "1")]
    pub(crate) topic: String,
    #[prost(uint64, required, tag = "2")]
    pub(crate) request_id: u64,
    #[prost(bool, optional, tag = "3")]
    pub(crate) authoritative: Option<bool>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandLookupTopicResponse {
    #[prost(string, optional, tag = "1")]
    pub(crate) broker_service_url: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) broker_service_url_tls: Option<String>,
    #[prost(enumeration = "LookupType", optional, tag = "3")]
    pub(crate) response: Option<i32>,
    #[prost(uint64, required, tag = "4")]
    pub(crate) request_id: u64,
    #[prost(bool, optional, tag = "5")]
    pub(crate) authoritative: Option<bool>,
    #[prost(enumeration = "ServerError", optional, tag = "6")]
    pub(crate) error: Option<i32>,
    #[prost(string, optional, tag = "7")]
    pub(crate) message: Option<String>,
    #[prost(bool, optional, tag = "8")]
    pub(crate) proxy_through_service_url: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(crate) enum LookupType {
    Redirect = 0,
    Connect = 1,
    Failed = 2,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandPartitionedTopicMetadata {
    #[prost(string, required, tag = "1")]
    pub(crate) topic: String,
    #[prost(uint64, required, tag = "2")]
    pub(crate) request_id: u64,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandPartitionedTopicMetadataResponse {
    #[prost(uint32, optional, tag = "1")]
    pub(crate) partitions: Option<u32>,
    #[prost(uint64, required, tag = "2")]
    pub(crate) request_id: u64,
    #[prost(enumeration = "PartitionLookupType", optional, tag = "3")]
    pub(crate) response: Option<i32>,
    #[prost(enumeration = "ServerError", optional, tag = "4")]
    pub(crate) error: Option<i32>,
    #[prost(string, optional, tag = "5")]
    pub(crate) message: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(crate) enum PartitionLookupType {
    Success = 0,
    Failed = 1,
}
