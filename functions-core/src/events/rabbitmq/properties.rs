//! What goes along with the body of a message.

use std::time::UNIX_EPOCH;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};

use super::super::{Message, PublishError};
use super::broker::short;

/// The broker keeps such a message on its disk.
const PERSISTENT: u8 = 2;

pub(super) fn properties(message: &Message) -> Result<BasicProperties, PublishError> {
    let mut headers = FieldTable::default();
    for (name, value) in message.headers() {
        let value = AMQPValue::LongString(value.as_str().into());
        headers.insert(short("name of a header", name)?, value);
    }
    let since = message.timestamp().duration_since(UNIX_EPOCH);
    Ok(BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type(short("content type", message.content_type())?)
        .with_message_id(short("message identifier", &message.id())?)
        .with_timestamp(since.unwrap_or_default().as_secs())
        .with_app_id(short("application", Message::APP_ID)?)
        .with_type(short("name of the event", message.event().name())?)
        .with_headers(headers))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use lapin::types::{AMQPValue, ShortString};

    use super::super::super::{Deployment, Event, Format, Message};
    use super::properties;
    use crate::Registry;

    fn message() -> Message {
        let deployment = Deployment::new("orders", &Registry::collect().unwrap());
        Message::new(Event::Healthy, deployment, Format::Plain, "key")
    }

    #[test]
    fn a_message_says_what_it_is_of_when_and_of_whom() {
        let mut message = message();
        message.time = UNIX_EPOCH + Duration::from_millis(1_753_178_096_999);
        let short = |text: &str| Some(ShortString::from(text));
        let properties = properties(&message).unwrap();
        assert_eq!(*properties.delivery_mode(), Some(2));
        assert_eq!(*properties.content_type(), short("application/json"));
        assert_eq!(*properties.message_id(), short(&message.id()));
        assert_eq!(*properties.timestamp(), Some(1_753_178_096));
        assert_eq!(*properties.app_id(), short("functions-core"));
        assert_eq!(*properties.kind(), short("FunctionsDeploymentHealthyEvent"));
    }

    #[test]
    fn headers_are_texts_of_any_length_under_names_of_255_bytes_at_most() {
        let mut message = message();
        let (name, value) = ("n".repeat(255), "ü".repeat(1000));
        message.headers = vec![(name.clone(), value.clone())];
        let sent = properties(&message).unwrap();
        let headers = sent.headers().as_ref().unwrap().inner();
        assert_eq!(
            headers.get(name.as_str()),
            Some(&AMQPValue::LongString(value.as_str().into()))
        );

        message.headers = vec![("n".repeat(256), value)];
        assert!(properties(&message).unwrap_err().is_refused());
    }

    #[test]
    fn a_clock_before_its_time_is_no_reason_to_be_silent() {
        let mut message = message();
        message.time = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(*properties(&message).unwrap().timestamp(), Some(0));
    }
}
