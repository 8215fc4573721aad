//! Messages that lie in one entry together.

use bytes::Bytes;
use prost::Message as _;

use super::{MOST_METADATA, Single, pairs, sized, taken};
use crate::bus::pulsar::words::SingleMessageMetadata;

/// How many messages a batch may have. Clients put in 1,000 where nobody says otherwise.
pub(super) const MOST_MESSAGES: u32 = 100_000;

/// How many properties all messages of a batch may have: 48 bytes of memory each, and more
/// where they say something.
pub(super) const MOST_PROPERTIES: usize = 250_000;

/// The fewest bytes of a message in a batch: those of the size of its metadata, and what
/// that has to say.
const LEAST: usize = 6;

/// Takes a batch of `count` messages apart. They share the bytes with it.
pub(super) fn split(mut rest: Bytes, count: i32) -> Result<Vec<Single>, String> {
    let Ok(count @ 1..=MOST_MESSAGES) = u32::try_from(count) else {
        return Err(format!(
            "it is a batch of {count} messages, and one of 1 to {MOST_MESSAGES} is read"
        ));
    };
    let expected = usize::try_from(count).unwrap_or(0).min(rest.len() / LEAST);
    let mut messages = Vec::with_capacity(expected);
    let mut properties = 0;
    for index in 0..count {
        let (metadata, payload) = next(&mut rest)
            .map_err(|flaw| format!("message {index} of the {count} of its batch {flaw}"))?;
        properties += metadata.properties.len();
        if properties > MOST_PROPERTIES {
            return Err(format!(
                "the messages of its batch have more than {MOST_PROPERTIES} properties"
            ));
        }
        if metadata.compacted_out != Some(true) {
            messages.push(single(index, metadata, payload));
        }
    }
    if !rest.is_empty() {
        let more = rest.len();
        return Err(format!(
            "{more} bytes follow the last of the {count} messages of its batch"
        ));
    }
    Ok(messages)
}

fn next(rest: &mut Bytes) -> Result<(SingleMessageMetadata, Bytes), String> {
    let metadata = sized(rest).ok_or("ends within its metadata")?;
    if metadata.len() > MOST_METADATA {
        let length = metadata.len();
        return Err(format!(
            "has metadata of {length} bytes, and at most {MOST_METADATA} are read"
        ));
    }
    let metadata = SingleMessageMetadata::decode(metadata)
        .map_err(|error| format!("has metadata that cannot be read: {error}"))?;
    let size = metadata.payload_size;
    let payload = usize::try_from(size).ok().and_then(|it| taken(rest, it));
    let left = rest.len();
    let payload = payload.ok_or_else(|| format!("has {size} bytes, and {left} are left"))?;
    Ok((metadata, payload))
}

fn single(index: u32, metadata: SingleMessageMetadata, payload: Bytes) -> Single {
    let no_key = metadata.null_partition_key == Some(true);
    Single {
        index: Some(index),
        properties: pairs(metadata.properties),
        key: metadata.partition_key.filter(|_| !no_key),
        key_is_base64: metadata.partition_key_b64_encoded == Some(true),
        event_time: metadata.event_time.filter(|&time| time > 0),
        payload,
    }
}
