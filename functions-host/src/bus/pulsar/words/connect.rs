//! How a connection begins, and who is at its ends.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandConnect {
    #[prost(string, required, tag = "1")]
    pub(crate) client_version: String,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(crate) auth_data: Option<Vec<u8>>,
    #[prost(int32, optional, tag = "4")]
    pub(crate) protocol_version: Option<i32>,
    #[prost(string, optional, tag = "5")]
    pub(crate) auth_method_name: Option<String>,
    /// The broker behind a proxy.
    #[prost(string, optional, tag = "6")]
    pub(crate) proxy_to_broker_url: Option<String>,
    #[prost(message, optional, tag = "10")]
    pub(crate) feature_flags: Option<FeatureFlags>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct FeatureFlags {
    #[prost(bool, optional, tag = "1")]
    pub(crate) supports_auth_refresh: Option<bool>,
    #[prost(bool, optional, tag = "2")]
    pub(crate) supports_broker_entry_metadata: Option<bool>,
    #[prost(bool, optional, tag = "3")]
    pub(crate) supports_partial_producer: Option<bool>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandConnected {
    #[prost(string, required, tag = "1")]
    pub(crate) server_version: String,
    #[prost(int32, optional, tag = "2")]
    pub(crate) protocol_version: Option<i32>,
    /// In bytes.
    #[prost(int32, optional, tag = "3")]
    pub(crate) max_message_size: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandAuthChallenge {
    #[prost(message, optional, tag = "2")]
    pub(crate) challenge: Option<AuthData>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandAuthResponse {
    #[prost(string, optional, tag = "1")]
    pub(crate) client_version: Option<String>,
    #[prost(message, optional, tag = "2")]
    pub(crate) response: Option<AuthData>,
    #[prost(int32, optional, tag = "3")]
    pub(crate) protocol_version: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct AuthData {
    #[prost(string, optional, tag = "1")]
    pub(crate) auth_method_name: Option<String>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) auth_data: Option<Vec<u8>>,
}
