//! Producers, and what they send.

use prost::Message;

use super::{MessageIdData, Schema, ServerError};

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandProducer {
    #[prost(string, required, tag = "1")]
    pub(crate) topic: String,
    #[prost(uint64, required, tag = "2")]
    pub(crate) producer_id: u64,
    #[prost(uint64, required, tag = "3")]
    pub(crate) request_id: u64,
    #[prost(message, optional, tag = "7")]
    pub(crate) schema: Option<Schema>,
    /// `true`, where nothing is said.
    #[prost(bool, optional, tag = "9")]
    pub(crate) user_provided_producer_name: Option<bool>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandProducerSuccess {
    #[prost(uint64, required, tag = "1")]
    pub(crate) request_id: u64,
    #[prost(string, required, tag = "2")]
    pub(crate) producer_name: String,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(crate) schema_version: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct CommandSend {
    #[prost(uint64, required, tag = "1")]
    pub(crate) producer_id: u64,
    #[prost(uint64, required, tag = "2")]
    pub(crate) sequence_id: u64,
    #[prost(int32, optional, tag = "3")]
    pub(crate) num_messages: Option<i32>,
    #[prost(uint64, optional, tag = "6")]
    pub(crate) highest_sequence_id: Option<u64>,
    #[prost(bool, optional, tag = "7")]
    pub(crate) is_chunk: Option<bool>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandSendReceipt {
    #[prost(uint64, required, tag = "1")]
    pub(crate) producer_id: u64,
    #[prost(uint64, required, tag = "2")]
    pub(crate) sequence_id: u64,
    #[prost(message, optional, tag = "3")]
    pub(crate) message_id: Option<MessageIdData>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandSendError {
    #[prost(uint64, required, tag = "1")]
    pub(crate) producer_id: u64,
    #[prost(uint64, required, tag = "2")]
    pub(crate) sequence_id: u64,
    #[prost(enumeration = "ServerError", required, tag = "3")]
    pub(crate) error: i32,
    #[prost(string, required, tag = "4")]
    pub(crate) message: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct CommandCloseProducer {
    #[prost(uint64, required, tag = "1")]
    pub(crate) producer_id: u64,
    #[prost(uint64, required, tag = "2")]
    pub(crate) request_id: u64,
}
