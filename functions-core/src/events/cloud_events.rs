//! Events as CloudEvents 1.0.
//!
//! The specification binds CloudEvents to AMQP 1.0, and RabbitMQ hands messages of that
//! protocol on to readers of 0-9-1 and back: application properties are headers there.
//! So a reader of either finds the attributes of the binary mode under the same names.
//! They begin with `cloudEvents_`: the colon, which is allowed as well, is none to JMS.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use cloudevents::event::SpecVersion;
use cloudevents::message::{
    BinaryDeserializer, BinarySerializer, MessageAttributeValue, Result, StructuredDeserializer,
    StructuredSerializer,
};
use cloudevents::{EventBuilder, EventBuilderV10};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::Event;
use super::format::{self, Encoded, JSON};

const STRUCTURED: &str = "application/cloudevents+json";

/// All but what a URI takes everywhere.
const RESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is to be told as a CloudEvent.
pub(super) struct CloudEvent<'a> {
    pub(super) event: Event,
    pub(super) id: Uuid,
    pub(super) time: SystemTime,
    pub(super) deployment_id: &'a str,
    pub(super) payload: &'a RawValue,
}

impl CloudEvent<'_> {
    /// All in one JSON object.
    pub(super) fn structured(&self) -> Encoded {
        let payload = serde_json::from_str::<Value>(self.payload.get());
        let event = self.event(payload.unwrap_or_default());
        self.or_plain(event.and_then(|event| event.deserialize_structured(Structured)))
    }

    /// The payload as it is, and the attributes beside it.
    pub(super) fn binary(&self) -> Encoded {
        let event = self.event(self.payload.get().as_bytes().to_vec());
        let headers = Vec::new();
        self.or_plain(event.and_then(|event| event.deserialize_binary(Binary { headers })))
    }

    fn event(&self, data: impl Into<cloudevents::Data>) -> Result<cloudevents::Event> {
        let id = self.deployment_id;
        let mut event = EventBuilderV10::new()
            .id(self.id)
            .source(format!(
                "/deployments/{}",
                utf8_percent_encode(id, &RESERVED)
            ))
            .ty(self.event.name())
            .data(JSON, data);
        if !id.is_empty() {
            event = event.subject(id);
        }
        if let Some(time) = rfc3339(self.time) {
            event = event.time(time);
        }
        Ok(event.build()?)
    }

    /// An event with an identifier, a source and a type is one: there is nothing that
    /// cannot be told.
    fn or_plain(&self, encoded: Result<Encoded>) -> Encoded {
        encoded.unwrap_or_else(|_| format::plain(self.payload))
    }
}

/// Nothing where the clock is beyond all calendars: the attribute may be missing.
fn rfc3339(time: SystemTime) -> Option<String> {
    let mut text = String::new();
    let time = humantime::format_rfc3339_micros(time.max(UNIX_EPOCH));
    write!(text, "{time}").ok()?;
    Some(text)
}

struct Structured;

impl StructuredSerializer<Encoded> for Structured {
    fn set_structured_event(self, bytes: Vec<u8>) -> Result<Encoded> {
        Ok(Encoded {
            content_type: STRUCTURED,
            headers: Vec::new(),
            body: bytes.into(),
        })
    }
}

struct Binary {
    headers: Vec<(String, String)>,
}

impl Binary {
    fn header(mut self, name: &str, value: String) -> Self {
        self.headers.push((format!("cloudEvents_{name}"), value));
        self
    }
}

impl BinarySerializer<Encoded> for Binary {
    fn set_spec_version(self, version: SpecVersion) -> Result<Self> {
        Ok(self.header("specversion", version.to_string()))
    }

    fn set_attribute(self, name: &str, value: MessageAttributeValue) -> Result<Self> {
        // This one is the content type of the message.
        if name == "datacontenttype" {
            return Ok(self);
        }
        Ok(self.header(name, value.to_string()))
    }

    fn set_extension(self, name: &str, value: MessageAttributeValue) -> Result<Self> {
        Ok(self.header(name, value.to_string()))
    }

    fn end_with_data(self, bytes: Vec<u8>) -> Result<Encoded> {
        Ok(Encoded {
            content_type: JSON,
            headers: self.headers,
            body: bytes.into(),
        })
    }

    fn end(self) -> Result<Encoded> {
        self.end_with_data(Vec::new())
    }
}
