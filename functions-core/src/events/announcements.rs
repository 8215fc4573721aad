//! All that one deployment may announce, ready to be sent.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::value::RawValue;
use uuid::Uuid;

use super::format::{self, Encoded, Format};
use super::{Deployment, Event, Message};

/// Where each event is routed.
#[derive(Clone, Debug)]
pub(crate) struct RoutingKeys {
    pub(crate) started: Arc<str>,
    pub(crate) healthy: Arc<str>,
    pub(crate) stopped: Arc<str>,
}

/// Makes the messages of one deployment. What is the same in each is written once.
#[derive(Debug)]
pub(crate) struct Announcements {
    deployment: Arc<Deployment>,
    format: Format,
    keys: RoutingKeys,
    started: Box<RawValue>,
    alive: Box<RawValue>,
}

impl Announcements {
    pub(crate) fn new(deployment: Deployment, format: Format, keys: RoutingKeys) -> Self {
        Self {
            started: format::payload(Event::Started, &deployment),
            alive: format::payload(Event::Healthy, &deployment),
            deployment: Arc::new(deployment),
            format,
            keys,
        }
    }

    /// A message of its own for each call.
    pub(crate) fn message(&self, event: Event) -> Message {
        let id = Uuid::new_v4();
        let time = SystemTime::now();
        let Encoded {
            content_type,
            headers,
            body,
        } = self.encode(event, id, time);
        Message {
            event,
            id,
            time,
            routing_key: Arc::clone(self.key(event)),
            content_type,
            headers,
            body,
            deployment: Arc::clone(&self.deployment),
        }
    }

    #[cfg_attr(
        not(feature = "cloudevents"),
        expect(unused_variables, reason = "only CloudEvents say when they were made")
    )]
    fn encode(&self, event: Event, id: Uuid, time: SystemTime) -> Encoded {
        let payload = match event {
            Event::Started => &self.started,
            Event::Healthy | Event::Stopped => &self.alive,
        };
        match self.format {
            Format::Plain => format::plain(payload),
            Format::SystemEvent => format::system_event(event, id, payload),
            #[cfg(feature = "cloudevents")]
            Format::CloudEvents | Format::CloudEventsBinary => {
                let cloud = super::cloud_events::CloudEvent {
                    event,
                    id,
                    time,
                    deployment_id: self.deployment.id(),
                    payload,
                };
                match self.format {
                    Format::CloudEventsBinary => cloud.binary(),
                    _ => cloud.structured(),
                }
            }
        }
    }

    pub(super) fn key(&self, event: Event) -> &Arc<str> {
        match event {
            Event::Started => &self.keys.started,
            Event::Healthy => &self.keys.healthy,
            Event::Stopped => &self.keys.stopped,
        }
    }
}
