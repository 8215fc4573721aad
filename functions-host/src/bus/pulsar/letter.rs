//! A message as it was sent, and as it is kept while it waits or once it was given up.
//!
//! Its bytes and its properties go along unchanged, whatever is in them. What is added is
//! said in properties of the names that the clients of other languages use for the same;
//! what a sender has written under one of these names is lost.

use bytes::Bytes;

use super::entry::Single;
use crate::bus::Request;
use crate::bus::pulsar::words::{KeyValue, MessageMetadata};
use crate::cut::cut;

/// How many times it was delivered.
const ATTEMPTS: &str = "RECONSUMETIMES";
/// How long it waits for the next time, in milliseconds.
const DELAY: &str = "DELAY_TIME";
/// The topic that it was sent to.
const TOPIC: &str = "REAL_TOPIC";
/// Its id there.
const ORIGIN: &str = "ORIGIN_MESSAGE_ID";
/// The version of its schema there, in hexadecimal digits.
const SCHEMA: &str = "FUNCTIONS_HOST_SCHEMA_VERSION";
/// Why it is where it is.
const REASON: &str = "FUNCTIONS_HOST_REASON";
/// When it was given up, in milliseconds since 1970.
const DIED: &str = "FUNCTIONS_HOST_DIED_AT";
/// How what could not be opened was packed, as the protocol numbers it.
const PACKED: &str = "FUNCTIONS_HOST_COMPRESSION";

const ADDED: [&str; 8] = [ATTEMPTS, DELAY, TOPIC, ORIGIN, SCHEMA, REASON, DIED, PACKED];

/// The id that a sender has given its request; its message's id, where it has given none.
pub(super) const REQUEST: &str = "request_id";
/// The request that this one is another try of.
pub(super) const REPEATS: &str = "repeats";

/// The longest reason that is kept, in bytes.
const LONGEST: usize = 4 << 10;

/// A message as it was sent.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) payload: Bytes,
    /// As the sender has written them.
    pub(super) properties: Vec<(String, String)>,
    key: Option<String>,
    key_is_base64: bool,
    event_time: Option<u64>,
    /// The version of its schema in the topic it was sent to.
    pub(super) schema_version: Option<Vec<u8>>,
    /// The topic it was sent to, no matter which partition.
    pub(super) topic: String,
    /// Its id there.
    pub(super) origin: String,
    /// How the payload is packed, where that could not be undone.
    packed: Option<i32>,
}

/// What is kept along with a letter.
#[derive(Clone, Debug, Default)]
pub(super) struct Note {
    /// How many times it was delivered.
    pub(super) attempts: u32,
    /// Why it is where it is.
    pub(super) reason: String,
    /// When it was given up, in milliseconds since 1970.
    pub(super) died_at: Option<i64>,
    /// How long it waits, in milliseconds.
    pub(super) delay: Option<u64>,
}

impl Letter {
    /// A message of this id, from the topic it was sent to.
    pub(super) fn new(
        single: Single,
        schema_version: Option<Vec<u8>>,
        topic: &str,
        origin: String,
    ) -> Self {
        Self {
            payload: single.payload,
            properties: single.properties,
            key: single.key,
            key_is_base64: single.key_is_base64,
            event_time: single.event_time,
            schema_version,
            topic: topic.to_owned(),
            origin,
            packed: None,
        }
    }

    /// A message that could not be opened.
    pub(super) fn unopened(
        payload: Bytes,
        metadata: Option<&MessageMetadata>,
        topic: &str,
        origin: String,
    ) -> Self {
        let properties = metadata.map(|metadata| {
            let pairs = metadata.properties.iter();
            pairs
                .map(|pair| (pair.key.clone(), pair.value.clone()))
                .collect()
        });
        Self {
            payload,
            properties: properties.unwrap_or_default(),
            key: metadata.and_then(|metadata| metadata.partition_key.clone()),
            key_is_base64: metadata.is_some_and(MessageMetadata::partition_key_b64_encoded),
            event_time: metadata.and_then(|metadata| metadata.event_time),
            schema_version: metadata.and_then(|metadata| metadata.schema_version.clone()),
            topic: topic.to_owned(),
            origin,
            packed: metadata
                .and_then(|metadata| metadata.compression)
                .filter(|kind| *kind != 0),
        }
    }

    /// A message that was kept, and what was kept along with it. One that somebody else has
    /// put there is as if it had been sent to `topic`.
    pub(super) fn kept(
        single: Single,
        schema_version: Option<Vec<u8>>,
        topic: &str,
        id: String,
    ) -> (Self, Note) {
        let mut letter = Self::new(single, schema_version, topic, id);
        let mut note = Note::default();
        let mut kept = false;
        let mut schema = None;
        letter.properties.retain(|(key, value)| {
            match key.as_str() {
                ATTEMPTS => note.attempts = value.parse().unwrap_or_default(),
                TOPIC => kept = value == topic,
                ORIGIN => letter.origin.clone_from(value),
                SCHEMA => schema = bytes_of(value),
                REASON => note.reason.clone_from(value),
                DIED => note.died_at = value.parse().ok(),
                PACKED => letter.packed = value.parse().ok(),
                DELAY => {}
                _ => return true,
            }
            false
        });
        if kept {
            letter.schema_version = schema;
        }
        (letter, note)
    }

    /// Whether its payload could be opened.
    pub(super) fn is_open(&self) -> bool {
        self.packed.is_none()
    }

    pub(super) fn property(&self, key: &str) -> Option<&str> {
        let found = self.properties.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    }

    /// Names the request in it anew.
    pub(super) fn identify(&mut self, request: &Request) {
        self.properties
            .retain(|(key, _)| key != REQUEST && key != REPEATS);
        let own = identity(request);
        self.properties
            .extend(own.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    /// What a message says that is sent anew.
    pub(super) fn metadata(&self) -> MessageMetadata {
        let own = self
            .properties
            .iter()
            .filter(|(key, _)| !ADDED.contains(&key.as_str()));
        MessageMetadata {
            properties: own.map(|(key, value)| pair(key, value.clone())).collect(),
            partition_key: self.key.clone(),
            partition_key_b64_encoded: self.key_is_base64.then_some(true),
            event_time: self.event_time,
            ..MessageMetadata::default()
        }
    }

    /// What a message says that is kept.
    pub(super) fn keeping(&self, note: &Note) -> MessageMetadata {
        let mut metadata = self.metadata();
        let added = [
            (ATTEMPTS, Some(note.attempts.to_string())),
            (DELAY, note.delay.map(|delay| delay.to_string())),
            (TOPIC, Some(self.topic.clone())),
            (ORIGIN, Some(self.origin.clone())),
            (SCHEMA, self.schema_version.as_deref().map(digits_of)),
            (REASON, Some(cut(&note.reason, LONGEST).into_owned())),
            (DIED, note.died_at.map(|time| time.to_string())),
            (PACKED, self.packed.map(|kind| kind.to_string())),
        ];
        let added = added
            .into_iter()
            .filter_map(|(key, value)| Some(pair(key, value?)));
        metadata.properties.extend(added);
        metadata
    }
}

/// What a message says that holds this request.
pub(super) fn metadata_of(request: &Request) -> MessageMetadata {
    MessageMetadata {
        properties: identity(request)
            .map(|(key, value)| pair(key, value.to_owned()))
            .collect(),
        event_time: u64::try_from(request.event_timestamp).ok(),
        partition_key: Some(request.id.as_str().to_owned()),
        ..MessageMetadata::default()
    }
}

fn identity(request: &Request) -> impl Iterator<Item = (&'static str, &str)> {
    let repeats = request.repeats.as_ref().map(|id| (REPEATS, id.as_str()));
    [(REQUEST, request.id.as_str())].into_iter().chain(repeats)
}

fn pair(key: &str, value: String) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value,
    }
}

fn digits_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let bytes = pairs.map(|pair| {
        let pair = std::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    bytes
        .collect::<Option<Vec<u8>>>()
        .filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Letter, Note};
    use crate::bus::pulsar::entry::Single;
    use crate::bus::pulsar::words::MessageMetadata;

    const TOPIC: &str = "persistent://p/t/requests";

    fn single(metadata: MessageMetadata) -> Single {
        let properties = metadata.properties.into_iter();
        Single {
            index: None,
            properties: properties.map(|pair| (pair.key, pair.value)).collect(),
            key: metadata.partition_key,
            key_is_base64: metadata.partition_key_b64_encoded.unwrap_or_default(),
            event_time: metadata.event_time,
            payload: "payload".into(),
        }
    }

    fn sent() -> Letter {
        let properties = vec![
            ("a".to_owned(), "1".to_owned()),
            ("a".to_owned(), "2".to_owned()),
        ];
        let single = Single {
            index: Some(3),
            properties,
            key: Some("key".to_owned()),
            key_is_base64: true,
            event_time: Some(5),
            payload: "payload".into(),
        };
        Letter::new(single, Some(vec![0, 255]), TOPIC, "1:2:-1:3".to_owned())
    }

    #[test]
    fn what_is_kept_comes_out_as_it_was_sent() {
        let note = Note {
            attempts: 3,
            reason: "worn out".to_owned(),
            died_at: Some(9),
            delay: None,
        };
        let kept = single(sent().keeping(&note));
        let (letter, noted) = Letter::kept(kept, Some(vec![7]), TOPIC, "8:8:-1".to_owned());
        assert_eq!(format!("{letter:?}"), format!("{:?}", sent()));
        assert_eq!(format!("{noted:?}"), format!("{note:?}"));
    }

    #[test]
    fn what_somebody_else_has_put_there_is_as_it_says_itself() {
        let (letter, note) = Letter::kept(
            single(sent().metadata()),
            Some(vec![7]),
            TOPIC,
            "8:8:-1".to_owned(),
        );
        assert_eq!((letter.origin.as_str(), note.attempts), ("8:8:-1", 0));
        assert_eq!(letter.schema_version, Some(vec![7]));
    }

    #[test]
    fn a_sender_who_uses_our_names_loses_what_is_under_them() {
        let mut letter = sent();
        letter
            .properties
            .push(("RECONSUMETIMES".to_owned(), "1000".to_owned()));
        assert!(
            letter
                .metadata()
                .properties
                .iter()
                .all(|pair| pair.key == "a")
        );
        let (_, note) = Letter::kept(
            single(letter.keeping(&Note::default())),
            None,
            TOPIC,
            String::new(),
        );
        assert_eq!(note.attempts, 0);
    }
}
