//! An event on its way: what a publisher is handed.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use uuid::Uuid;

use super::{Announcements, Deployment, Event, Format, RoutingKeys};

/// A message that announces an event.
#[derive(Clone, Debug)]
pub struct Message {
    pub(super) event: Event,
    pub(super) id: Uuid,
    pub(super) time: SystemTime,
    pub(super) routing_key: Arc<str>,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) deployment: Arc<Deployment>,
}

impl Message {
    /// The application that messages name as their sender.
    pub const APP_ID: &'static str = "functions-core";

    /// What a server that announces `event` of `deployment` would hand to its
    /// publisher, for those who test theirs.
    ///
    /// ```standalone_crate
    /// use functions_core::Registry;
    /// use functions_core::events::{Deployment, Event, Format, Message};
    ///
    /// # fn main() -> Result<(), functions_core::DuplicateFunctions> {
    /// let deployment = Deployment::new("orders", &Registry::collect()?);
    /// let message = Message::new(Event::Healthy, deployment, Format::Plain, "some.key");
    /// assert_eq!(message.body(), br#"{"deploymentId":"orders","functionNames":[]}"#);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn new(event: Event, deployment: Deployment, format: Format, routing_key: &str) -> Self {
        let key: Arc<str> = routing_key.into();
        let keys = RoutingKeys {
            started: Arc::clone(&key),
            healthy: Arc::clone(&key),
            stopped: key,
        };
        Announcements::new(deployment, format, keys).message(event)
    }

    /// What has happened.
    #[must_use]
    pub fn event(&self) -> Event {
        self.event
    }

    /// What tells this message from all others: a random UUID, in every attempt to
    /// announce something a new one.
    #[must_use]
    pub fn id(&self) -> String {
        self.id.to_string()
    }

    /// When the message was made.
    #[must_use]
    pub fn timestamp(&self) -> SystemTime {
        self.time
    }

    /// Where it is to be routed: `CRBR_ROUTING_KEY_DEPLOYMENT_STARTED` and its like.
    #[must_use]
    pub fn routing_key(&self) -> &str {
        &self.routing_key
    }

    /// The media type of the body.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// What the format says beside the body, by name. Empty for most formats.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The event in the format that `CRBR_EVENT_FORMAT` asks for.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The deployment that it is about, for a publisher with a format of its own.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }
}
