//! The words of Pulsar's binary protocol: those of its commands and of its messages that a
//! host says or hears.
//!
//! The numbers are those of `PulsarApi.proto`, version 4.0, whose names they have. What is
//! not here is skipped when it is read. They are written here, and not generated, so that
//! whoever builds a host needs no compiler of Protocol Buffers.

mod command;
mod connect;
mod consume;
mod lookup;
mod message;
mod produce;
mod schema;
mod server_error;
#[cfg(test)]
mod tests;
mod topics;

pub(super) use command::{Command, CommandPing, CommandPong, Said};
pub(super) use connect::{
    AuthData, CommandAuthChallenge, CommandAuthResponse, CommandConnect, CommandConnected,
    FeatureFlags,
};
pub(super) use consume::{
    AckType, CommandAck, CommandAckResponse, CommandCloseConsumer, CommandConsumerStats,
    CommandConsumerStatsResponse, CommandFlow, CommandMessage,
    CommandRedeliverUnacknowledgedMessages, CommandSubscribe, InitialPosition, SubType,
};
pub(super) use lookup::{
    CommandLookupTopic, CommandLookupTopicResponse, CommandPartitionedTopicMetadata,
    CommandPartitionedTopicMetadataResponse, LookupType, PartitionLookupType,
};
#[cfg(test)]
pub(super) use message::EncryptionKeys;
pub(super) use message::{
    CompressionType, KeyValue, MessageIdData, MessageMetadata, SingleMessageMetadata,
};
pub(super) use produce::{
    CommandCloseProducer, CommandProducer, CommandProducerSuccess, CommandSend, CommandSendError,
    CommandSendReceipt,
};
pub(super) use schema::{CommandGetSchema, CommandGetSchemaResponse, Schema, SchemaType};
pub(super) use server_error::ServerError;
pub(super) use topics::{CommandGetTopicsOfNamespace, CommandGetTopicsOfNamespaceResponse, Mode};
