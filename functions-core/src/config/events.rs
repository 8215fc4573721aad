//! What is announced, and when.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{UnknownWord, values};

/// How events are published.
#[derive(Clone, Debug, PartialEq, confique::Config)]
#[config(layer_attr(derive(Clone, Debug, Default)))]
#[non_exhaustive]
pub struct EventsConfig {
    /// Whether events are published at all.
    ///
    /// Allowed: true, false, 1, 0, yes, no, on or off, in any case.
    #[config(env = "CRBR_ENABLE_EVENTS", default = true)]
    pub enabled: bool,

    /// Whether the end of the deployment is announced as well.
    ///
    /// Allowed: true, false, 1, 0, yes, no, on or off, in any case.
    #[config(env = "CRBR_ENABLE_STOPPED_EVENT", default = false)]
    pub stopped_event: bool,

    /// How often the deployment is announced to be healthy, in seconds.
    ///
    /// Allowed: seconds from 1 to 3600; decimals are fine.
    #[config(
        env = "CRBR_HEALTH_CHECK_INTERVAL",
        default = 60,
        deserialize_with = values::seconds,
        validate = values::is_interval
    )]
    pub health_check_interval: Duration,

    /// How long a connection to the broker may take, and each of its answers, in
    /// seconds.
    ///
    /// Allowed: seconds above 0, at most 3600; decimals are fine.
    #[config(
        env = "CRBR_CONNECTION_TIMEOUT",
        default = 10,
        deserialize_with = values::seconds,
        validate = values::is_hour_at_most
    )]
    pub connection_timeout: Duration,

    /// How many attempts to connect fail before that is logged as an error. It goes
    /// on trying.
    ///
    /// Allowed: a whole number from 0 to 4294967295.
    #[config(
        env = "CRBR_MAX_RETRIES",
        default = 5,
        validate = values::is_count_or_none
    )]
    pub max_retries: usize,

    /// How long it is until the first new attempt, in seconds, at most. The delay
    /// doubles up to 60 seconds.
    ///
    /// Allowed: seconds above 0, at most 3600; decimals are fine.
    #[config(
        env = "CRBR_RETRY_DELAY",
        default = 5,
        deserialize_with = values::seconds,
        validate = values::is_hour_at_most
    )]
    pub retry_delay: Duration,

    /// Shape of the events: the event alone, in an envelope, or as CloudEvents 1.0
    /// (structured or binary).
    ///
    /// Allowed: plain, system-event, cloudevents or cloudevents-binary, in any case.
    #[config(env = "CRBR_EVENT_FORMAT", default = "plain")]
    pub format: EventFormat,

    /// Routing key of the event that the deployment has started.
    ///
    /// Allowed: text of at most 255 bytes.
    #[config(
        env = "CRBR_ROUTING_KEY_DEPLOYMENT_STARTED",
        default = "routing.event.metatwin-functions.function.deployment.started",
        validate = values::is_short
    )]
    pub routing_key_started: String,

    /// Routing key of the event that the deployment is healthy.
    ///
    /// Allowed: text of at most 255 bytes.
    #[config(
        env = "CRBR_ROUTING_KEY_DEPLOYMENT_HEALTHY",
        default = "routing.event.metatwin-functions.function.deployment.healthy",
        validate = values::is_short
    )]
    pub routing_key_healthy: String,

    /// Routing key of the event that the deployment has stopped.
    ///
    /// Allowed: text of at most 255 bytes.
    #[config(
        env = "CRBR_ROUTING_KEY_DEPLOYMENT_STOPPED",
        default = "routing.event.metatwin-functions.function.deployment.stopped",
        validate = values::is_short
    )]
    pub routing_key_stopped: String,
}

/// The shape of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
#[non_exhaustive]
pub enum EventFormat {
    /// The event alone: `plain`.
    Plain,
    /// The event in an envelope that names its type: `system-event`.
    SystemEvent,
    /// CloudEvents 1.0, all in one JSON object: `cloudevents`. Needs the feature
    /// `cloudevents`.
    CloudEvents,
    /// CloudEvents 1.0 with its attributes in headers: `cloudevents-binary`. Needs
    /// the feature `cloudevents`.
    CloudEventsBinary,
}

impl FromStr for EventFormat {
    type Err = UnknownWord;

    /// Reads the name of a format, in any case.
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word.trim().to_ascii_lowercase().as_str() {
            "plain" => Ok(Self::Plain),
            "system-event" => Ok(Self::SystemEvent),
            "cloudevents" => Ok(Self::CloudEvents),
            "cloudevents-binary" => Ok(Self::CloudEventsBinary),
            _ => Err(UnknownWord::new(word)),
        }
    }
}

impl TryFrom<String> for EventFormat {
    type Error = UnknownWord;

    fn try_from(word: String) -> Result<Self, UnknownWord> {
        word.parse()
    }
}

impl fmt::Display for EventFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::SystemEvent => "system-event",
            Self::CloudEvents => "cloudevents",
            Self::CloudEventsBinary => "cloudevents-binary",
        })
    }
}
