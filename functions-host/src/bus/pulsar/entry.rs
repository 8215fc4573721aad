//! Entries of a topic, and the messages in them.
//!
//! An entry is what a broker stores and sends in one piece. Producers write it and brokers
//! hand it on unseen, so whatever is in it was chosen by a stranger. What may be large
//! because a stranger says so has a bound:
//!
//! - Metadata, since an empty property takes two bytes of an entry and 48 of memory.
//! - What comes out when it is decompressed, since a kilobyte may hold gigabytes.
//! - The messages of a batch and the properties of all of them, for the same reason as the
//!   metadata.
//!
//! An entry that cannot be read is handed back with the reason and the bytes as they came,
//! so that it can be kept where a person finds it.

mod batch;
mod compression;
mod piece;
#[cfg(test)]
pub(super) mod tests;

use bytes::{Buf as _, Bytes};
use prost::Message as _;

pub(super) use piece::Piece;

use crate::bus::pulsar::words::{KeyValue, MessageMetadata};

/// What comes before a checksum.
const CHECKSUM: &[u8] = &[0x0e, 0x01];

/// What comes before metadata that the broker puts in front of a producer's.
const OF_THE_BROKER: &[u8] = &[0x0e, 0x02];

/// How long the metadata of an entry, or of one message of a batch, may be.
const MOST_METADATA: usize = 256 * 1024;

/// What was in the bytes of an entry.
#[derive(Debug)]
pub(super) enum Opened {
    /// All of it.
    Whole(Entry),
    /// A piece of a message that is larger than an entry may be.
    Piece(Piece),
}

/// Messages that lie in one entry.
#[derive(Debug)]
pub(super) struct Entry {
    /// What is said of all of them. The properties and the key of a message that came
    /// alone are in the message and no longer here.
    pub(super) metadata: Box<MessageMetadata>,
    /// Those that are there: of a batch that was compacted some may be gone.
    pub(super) messages: Vec<Single>,
}

/// One message.
#[derive(Debug, PartialEq)]
pub(super) struct Single {
    /// Its place in its batch, from 0; `None` where it came alone.
    pub(super) index: Option<u32>,
    /// What its producer says of it.
    pub(super) properties: Vec<(String, String)>,
    /// Its key.
    pub(super) key: Option<String>,
    /// The key is bytes, written in Base64.
    pub(super) key_is_base64: bool,
    /// When its producer says that it happened, in milliseconds since 1970.
    pub(super) event_time: Option<u64>,
    /// What it says. Empty for a message without a value.
    pub(super) payload: Bytes,
}

/// An entry, or some pieces of a message, that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(super) struct Unreadable {
    /// Why.
    pub(super) reason: String,
    /// Its metadata, where that can be read.
    pub(super) metadata: Option<Box<MessageMetadata>>,
    /// What follows the metadata, as it came: compressed, if it was. The whole entry where
    /// there is no metadata.
    pub(super) payload: Bytes,
}

/// How many messages an entry counts for, where a broker is permitted to send so many.
pub(super) fn count(opened: &Result<Opened, Unreadable>) -> usize {
    let metadata = match opened {
        Ok(Opened::Whole(entry)) => Some(&entry.metadata),
        Ok(Opened::Piece(_)) => None,
        Err(unreadable) => unreadable.metadata.as_ref(),
    };
    let many = metadata.and_then(|metadata| metadata.num_messages_in_batch);
    usize::try_from(many.unwrap_or(1))
        .unwrap_or_default()
        .max(1)
}

/// Reads an entry as a broker sends it, of which at most `most` bytes come out when it is
/// decompressed.
///
/// # Errors
/// It is damaged, encrypted or too large.
pub(super) fn open(raw: Bytes, most: usize) -> Result<Opened, Unreadable> {
    let (metadata, payload) = match parts(raw.clone()) {
        Ok((metadata, payload)) => (Box::new(metadata), payload),
        Err(reason) => {
            return Err(Unreadable {
                reason,
                metadata: None,
                payload: raw,
            });
        }
    };
    if !metadata.encryption_keys.is_empty() {
        return Err(Unreadable {
            reason: "it is encrypted, and this host has no keys".to_owned(),
            metadata: Some(metadata),
            payload,
        });
    }
    match metadata.num_chunks_from_msg {
        Some(2..) => Piece::new(metadata, payload, most).map(Opened::Piece),
        _ => unpack(metadata, payload, most).map(Opened::Whole),
    }
}

/// Decompresses what follows the metadata, and takes the messages out of it.
///
/// # Errors
/// As those of [`open`].
pub(super) fn unpack(
    mut metadata: Box<MessageMetadata>,
    payload: Bytes,
    most: usize,
) -> Result<Entry, Unreadable> {
    let messages = compression::undo(&metadata, payload.clone(), most).and_then(|content| {
        // A batch of one is a batch as well.
        match metadata.num_messages_in_batch {
            Some(count) => batch::split(content, count),
            None => Ok(vec![alone(&mut metadata, content)]),
        }
    });
    match messages {
        Ok(messages) => Ok(Entry { metadata, messages }),
        Err(reason) => Err(Unreadable {
            reason,
            metadata: Some(metadata),
            payload,
        }),
    }
}

fn parts(mut rest: Bytes) -> Result<(MessageMetadata, Bytes), String> {
    if rest.starts_with(OF_THE_BROKER) {
        rest.advance(OF_THE_BROKER.len());
        sized(&mut rest).ok_or("it ends within the metadata of the broker")?;
    }
    if rest.starts_with(CHECKSUM) {
        rest.advance(CHECKSUM.len());
        let told = word(&mut rest).ok_or("it ends within its checksum")?;
        let found = crc32c::crc32c(&rest);
        if told != found {
            return Err(format!(
                "its checksum is {told:08x}, and that of its bytes is {found:08x}"
            ));
        }
    }
    let metadata = sized(&mut rest).ok_or("it ends within its metadata")?;
    if metadata.len() > MOST_METADATA {
        let length = metadata.len();
        return Err(format!(
            "its metadata has {length} bytes, and at most {MOST_METADATA} are read"
        ));
    }
    let metadata = MessageMetadata::decode(metadata)
        .map_err(|error| format!("its metadata cannot be read: {error}"))?;
    Ok((metadata, rest))
}

fn alone(metadata: &mut MessageMetadata, payload: Bytes) -> Single {
    let key = metadata.partition_key.take();
    Single {
        index: None,
        properties: pairs(std::mem::take(&mut metadata.properties)),
        key: key.filter(|_| metadata.null_partition_key != Some(true)),
        key_is_base64: metadata.partition_key_b64_encoded == Some(true),
        event_time: metadata.event_time.filter(|&time| time > 0),
        payload,
    }
}

fn pairs(properties: Vec<KeyValue>) -> Vec<(String, String)> {
    let pairs = properties.into_iter().map(|it| (it.key, it.value));
    pairs.collect()
}

/// Four bytes as a number.
fn word(rest: &mut Bytes) -> Option<u32> {
    (rest.len() >= 4).then(|| rest.get_u32())
}

/// Bytes that come behind their number.
fn sized(rest: &mut Bytes) -> Option<Bytes> {
    let size = word(rest)?;
    taken(rest, usize::try_from(size).ok()?)
}

/// As many bytes.
fn taken(rest: &mut Bytes, size: usize) -> Option<Bytes> {
    (rest.len() >= size).then(|| rest.split_to(size))
}
