//! The schemas of topics.

use prost::{Enumeration, Message};

use super::{KeyValue, ServerError};

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Schema {
    #[prost(string, required, tag = "1")]
    pub(crate) name: String,
    #[prost(bytes = "vec", required, tag = "3")]
    pub(crate) schema_data: Vec<u8>,
    #[prost(enumeration = "SchemaType", required, tag = "4")]
    pub(crate) r#type: i32,
    #[prost(message, repeated, tag = "5")]
    pub(crate) properties: Vec<KeyValue>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(crate) enum SchemaType {
    None = 0,
    String = 1,
    Json = 2,
    Protobuf = 3,
    Avro = 4,
    Bool = 5,
    Int8 = 6,
    Int16 = 7,
    Int32 = 8,
    Int64 = 9,
    Float = 10,
    Double = 11,
    Date = 12,
    Time = 13,
    Timestamp = 14,
    KeyValue = 15,
    Instant = 16,
    LocalDate = 17,
    LocalTime = 18,
    LocalDateTime = 19,
    ProtobufNative = 20,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandGetSchema {
    #[prost(uint64, required, tag = "1")]
    pub(crate) request_id: u64,
    #[prost(string, required, tag = "2")]
    pub(crate) topic: String,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(crate) schema_version: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandGetSchemaResponse {
    #[prost(uint64, required, tag = "1")]
    pub(crate) request_id: u64,
    #[prost(enumeration = "ServerError", optional, tag = "2")]
    pub(crate) error_code: Option<i32>,
    #[prost(string, optional, tag = "3")]
    pub(crate) error_message: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) schema: Option<Schema>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub(crate) schema_version: Option<Vec<u8>>,
}
