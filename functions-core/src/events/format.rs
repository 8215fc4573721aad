//! How an event is written down.

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{AnnouncedFunction, Deployment, Event};

/// The shape of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// The event and nothing else.
    #[default]
    Plain,
    /// The event as the payload of an envelope that names its type.
    SystemEvent,
    /// CloudEvents 1.0 in structured mode: one JSON object.
    #[cfg(feature = "cloudevents")]
    CloudEvents,
    /// CloudEvents 1.0 in binary mode: the attributes in headers, the event as body.
    #[cfg(feature = "cloudevents")]
    CloudEventsBinary,
}

/// A message but for its address.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Encoded {
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

pub(super) const JSON: &str = "application/json";

/// What there is to say of an event, whatever its envelope.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    deployment_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    functions: Option<&'a [AnnouncedFunction]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_names: Option<Vec<&'static str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SystemEvent<'a> {
    correlation_id: Uuid,
    payload_type: &'static str,
    payload: &'a RawValue,
}

/// The payload of `event`, as JSON.
pub(super) fn payload(event: Event, deployment: &Deployment) -> Box<RawValue> {
    let functions = deployment.functions();
    let names = || functions.iter().map(|function| function.name).collect();
    let payload = match event {
        Event::Started => Payload {
            deployment_id: deployment.id(),
            functions: Some(functions),
            function_names: None,
        },
        Event::Healthy | Event::Stopped => Payload {
            deployment_id: deployment.id(),
            functions: None,
            function_names: Some(names()),
        },
    };
    // Texts and flags under fixed keys: there is nothing that cannot be written.
    serde_json::value::to_raw_value(&payload).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// Wraps a payload; `id` is the message's.
pub(super) fn system_event(event: Event, id: Uuid, payload: &RawValue) -> Encoded {
    let envelope = SystemEvent {
        correlation_id: id,
        payload_type: event.payload_type(),
        payload,
    };
    json(serde_json::to_vec(&envelope).unwrap_or_default())
}

pub(super) fn plain(payload: &RawValue) -> Encoded {
    json(payload.get().as_bytes().to_vec())
}

fn json(body: Vec<u8>) -> Encoded {
    Encoded {
        content_type: JSON,
        headers: Vec::new(),
        body: body.into(),
    }
}
