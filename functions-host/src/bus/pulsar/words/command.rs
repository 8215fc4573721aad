//! Commands: what is said by either side.

use prost::Message;

use super::{
    CommandAck, CommandAckResponse, CommandAuthChallenge, CommandAuthResponse,
    CommandCloseConsumer, CommandCloseProducer, CommandConnect, CommandConnected,
    CommandConsumerStats, CommandConsumerStatsResponse, CommandFlow, CommandGetSchema,
    CommandGetSchemaResponse, CommandGetTopicsOfNamespace, CommandGetTopicsOfNamespaceResponse,
    CommandLookupTopic, CommandLookupTopicResponse, CommandMessage,
    CommandPartitionedTopicMetadata, CommandPartitionedTopicMetadataResponse, CommandProducer,
    CommandProducerSuccess, CommandRedeliverUnacknowledgedMessages, CommandSend, CommandSendError,
    CommandSendReceipt, CommandSubscribe, ServerError,
};

/// Something said. Its kind is said once more as a number, which is the tag of its field.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Said {
    #[prost(int32, required, tag = "1")]
    kind: i32,
    /// Nothing, where it is none of those that are known.
    #[prost(
        oneof = "Command",
        tags = "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, \
                25, 26, 32, 33, 34, 35, 36, 37, 38"
    )]
    pub(crate) command: Option<Command>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum Command {
    #[prost(message, tag = "2")]
    Connect(Box<CommandConnect>),
    #[prost(message, tag = "3")]
    Connected(CommandConnected),
    #[prost(message, tag = "4")]
    Subscribe(Box<CommandSubscribe>),
    #[prost(message, tag = "5")]
    Producer(Box<CommandProducer>),
    #[prost(message, tag = "6")]
    Send(CommandSend),
    #[prost(message, tag = "7")]
    SendReceipt(CommandSendReceipt),
    #[prost(message, tag = "8")]
    SendError(CommandSendError),
    #[prost(message, tag = "9")]
    Message(CommandMessage),
    #[prost(message, tag = "10")]
    Ack(CommandAck),
    #[prost(message, tag = "11")]
    Flow(CommandFlow),
    #[prost(message, tag = "13")]
    Success(CommandSuccess),
    #[prost(message, tag = "14")]
    Error(CommandError),
    #[prost(message, tag = "15")]
    CloseProducer(CommandCloseProducer),
    #[prost(message, tag = "16")]
    CloseConsumer(CommandCloseConsumer),
    #[prost(message, tag = "17")]
    ProducerSuccess(CommandProducerSuccess),
    #[prost(message, tag = "18")]
    Ping(CommandPing),
    #[prost(message, tag = "19")]
    Pong(CommandPong),
    #[prost(message, tag = "20")]
    RedeliverUnacknowledgedMessages(CommandRedeliverUnacknowledgedMessages),
    #[prost(message, tag = "21")]
    PartitionMetadata(CommandPartitionedTopicMetadata),
    #[prost(message, tag = "22")]
    PartitionMetadataResponse(CommandPartitionedTopicMetadataResponse),
    #[prost(message, tag = "23")]
    LookupTopic(CommandLookupTopic),
    #[prost(message, tag = "24")]
    LookupTopicResponse(Box<CommandLookupTopicResponse>),
    #[prost(message, tag = "25")]
    ConsumerStats(CommandConsumerStats),
    #[prost(message, tag = "26")]
    ConsumerStatsResponse(CommandConsumerStatsResponse),
    #[prost(message, tag = "32")]
    GetTopicsOfNamespace(CommandGetTopicsOfNamespace),
    #[prost(message, tag = "33")]
    GetTopicsOfNamespaceResponse(CommandGetTopicsOfNamespaceResponse),
    #[prost(message, tag = "34")]
    GetSchema(CommandGetSchema),
    #[prost(message, tag = "35")]
    GetSchemaResponse(Box<CommandGetSchemaResponse>),
    #[prost(message, tag = "36")]
    AuthChallenge(CommandAuthChallenge),
    #[prost(message, tag = "37")]
    AuthResponse(CommandAuthResponse),
    #[prost(message, tag = "38")]
    AckResponse(CommandAckResponse),
}

impl Command {
    fn kind(&self) -> i32 {
        match self {
            Self::Connect(_) => 2,
            Self::Connected(_) => 3,
            Self::Subscribe(_) => 4,
            Self::Producer(_) => 5,
            Self::Send(_) => 6,
            Self::SendReceipt(_) => 7,
            Self::SendError(_) => 8,
            Self::Message(_) => 9,
            Self::Ack(_) => 10,
            Self::Flow(_) => 11,
            Self::Success(_) => 13,
            Self::Error(_) => 14,
            Self::CloseProducer(_) => 15,
            Self::CloseConsumer(_) => 16,
            Self::ProducerSuccess(_) => 17,
            Self::Ping(_) => 18,
            Self::Pong(_) => 19,
            Self::RedeliverUnacknowledgedMessages(_) => 20,
            Self::PartitionMetadata(_) => 21,
            Self::PartitionMetadataResponse(_) => 22,
            Self::LookupTopic(_) => 23,
            Self::LookupTopicResponse(_) => 24,
            Self::ConsumerStats(_) => 25,
            Self::ConsumerStatsResponse(_) => 26,
            Self::GetTopicsOfNamespace(_) => 32,
            Self::GetTopicsOfNamespaceResponse(_) => 33,
            Self::GetSchema(_) => 34,
            Self::GetSchemaResponse(_) => 35,
            Self::AuthChallenge(_) => 36,
            Self::AuthResponse(_) => 37,
            Self::AckResponse(_) => 38,
        }
    }
}

impl From<Command> for Said {
    fn from(command: Command) -> Self {
        Self {
            kind: command.kind(),
            command: Some(command),
        }
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandSuccess {
    #[prost(uint64, required, tag = "1")]
    pub(crate) request_id: u64,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommandError {
    #[prost(uint64, required, tag = "1")]
    pub(crate) request_id: u64,
    #[prost(enumeration = "ServerError", required, tag = "2")]
    pub(crate) error: i32,
    #[prost(string, required, tag = "3")]
    pub(crate) message: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct CommandPing {}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct CommandPong {}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::{Command, Said};

    #[test]
    fn the_kind_of_a_command_is_the_tag_of_its_field() {
        let mut known = Vec::new();
        for kind in 2..=38_u8 {
            // What is said is the field alone, and it is empty.
            let (low, high) = ((kind << 3 | 2) & 0x7f, kind >> 4);
            let field = match high {
                0 => vec![low, 0],
                high => vec![low | 0x80, high, 0],
            };
            let Some(command) = Said::decode(&field[..]).unwrap().command else {
                continue;
            };
            let said = Said::from(command).encode_to_vec();
            assert_eq!(said[..2], [8, kind], "{said:?}");
            known.push(kind);
        }
        let unknown = [12, 27, 28, 29, 30, 31];
        let all: Vec<_> = (2..=38).filter(|kind| !unknown.contains(kind)).collect();
        assert_eq!(known, all);
    }

    #[test]
    fn what_is_not_known_is_no_command() {
        // That a consumer of a failover subscription has become the active one.
        let said = Said::decode(&[8, 31, 0xfa, 1, 2, 8, 1][..]).unwrap();
        assert_eq!(said.command, None);
    }

    #[test]
    fn a_command_has_few_bytes() {
        assert!(size_of::<Command>() <= 160, "{}", size_of::<Command>());
    }
}
