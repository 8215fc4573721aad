//! Consumers, and what they are sent.

use prost::{Enumeration, Message};

use super::{MessageIdData, ServerError};

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandSubscribe {
    #[prost(string, required, tag = "1")]
    pub(crate) topic: String,
    #[prost(string, required, tag = "2")]
    pub(crate) subscription: String,
    #[prost(enumeration = "SubType", required, tag = "3")]
    pub(crate) sub_type: i32,
    #[prost(uint64, required, tag = "4")]
    pub(crate) consumer_id: u64,
    #[prost(uint64, required, tag = "5")]
    pub(crate) request_id: u64,
    #[prost(bool, optional, tag = "8")]
    pub(crate) durable: Option<bool>,
    #[prost(enumeration = "InitialPosition", optional, tag = "13")]
    pub(crate) initial_position: Option<i32>,
    #[prost(bool, optional, tag = "15")]
    pub(crate) force_topic_creation: Option<bool>,
    #[prost(uint64, optional, tag = "16")]
    pub(crate) start_message_rollback_duration_sec: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(crate) enum SubType {
    Exclusive = 0,
    Shared = 1,
    Failover = 2,
    KeyShared = 3,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(crate) enum InitialPosition {
    Latest = 0,
    Earliest = 1,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct CommandFlow {
    #[prost(uint64, required, tag = "1")]
    pub(crate) consumer_id: u64,
    #[prost(uint32, required, tag = "2")]
    pub(crate) message_permits: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandMessage {
    #[prost(uint64, required, tag = "1")]
    pub(crate) consumer_id: u64,
    #[prost(message, required, tag = "2")]
    pub(crate) message_id: MessageIdData,
    #[prost(uint32, optional, tag = "3")]
    pub(crate) redelivery_count: Option<u32>,
    /// A bit for each message of a batch: set, where it is not acknowledged.
    #[prost(int64, repeated, packed = "false", tag = "4")]
    pub(crate) ack_set: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandAck {
    #[prost(uint64, required, tag = "1")]
    pub(crate) consumer_id: u64,
    #[prost(enumeration = "AckType", required, tag = "2")]
    pub(crate) ack_type: i32,
    #[prost(message, repeated, tag = "3")]
    pub(crate) message_id: Vec<MessageIdData>,
    #[prost(uint64, optional, tag = "8")]
    pub(crate) request_id: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(crate) enum AckType {
    Individual = 0,
    Cumulative = 1,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandAckResponse {
    #[prost(uint64, required, tag = "1")]
    pub(crate) consumer_id: u64,
    #[prost(enumeration = "ServerError", optional, tag = "4")]
    pub(crate) error: Option<i32>,
    #[prost(string, optional, tag = "5")]
    pub(crate) message: Option<String>,
    #[prost(uint64, optional, tag = "6")]
    pub(crate) request_id: Option<u64>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandRedeliverUnacknowledgedMessages {
    #[prost(uint64, required, tag = "1")]
    pub(crate) consumer_id: u64,
    #[prost(message, repeated, tag = "2")]
    pub(crate) message_ids: Vec<MessageIdData>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct CommandConsumerStats {
    #[prost(uint64, required, tag = "1")]
    pub(crate) request_id: u64,
    #[prost(uint64, required, tag = "4")]
    pub(crate) consumer_id: u64,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandConsumerStatsResponse {
    #[prost(uint64, required, tag = "1")]
    pub(crate) request_id: u64,
    #[prost(enumeration = "ServerError", optional, tag = "2")]
    pub(crate) error_code: Option<i32>,
    #[prost(string, optional, tag = "3")]
    pub(crate) error_message: Option<String>,
    /// A number with a sign, sent without one.
    #[prost(uint64, optional, tag = "8")]
    pub(crate) available_permits: Option<u64>,
    #[prost(uint64, optional, tag = "15")]
    pub(crate) msg_backlog: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct CommandCloseConsumer {
    #[prost(uint64, required, tag = "1")]
    pub(crate) consumer_id: u64,
    #[prost(uint64, required, tag = "2")]
    pub(crate) request_id: u64,
}
