//! That these are the words of others: each field is written as bytes, and read here and by
//! the code that another client has generated.

use std::collections::BTreeSet;
use std::fmt::Debug;

use prost::Message;
use pulsar::proto;

use super::{MessageIdData, MessageMetadata, Said, Schema, SingleMessageMetadata};

/// A number, a text, and a message of one number, as fields have them.
const VALUES: [(u8, &[u8]); 3] = [(0, &[1]), (2, b"\x02ab"), (2, b"\x02\x08\x01")];

/// The highest number of a field that is tried.
const HIGHEST: u8 = 40;

fn key(tag: u8, kind: u8) -> Vec<u8> {
    match tag {
        ..16 => vec![tag << 3 | kind],
        _ => vec![(tag & 15) << 3 | kind | 0x80, tag >> 4],
    }
}

fn field(tag: u8, kind: u8, value: &[u8]) -> Vec<u8> {
    [&key(tag, kind)[..], value].concat()
}

/// Every field that a message may have, alone.
fn fields() -> impl Iterator<Item = Vec<u8>> {
    (1..HIGHEST).flat_map(|tag| VALUES.map(|(kind, value)| field(tag, kind, value)))
}

/// The fields of what is shown, with their values.
fn shown(message: &impl Debug) -> BTreeSet<String> {
    let text = format!("{message:?}");
    let fields = text.split([',', '{', '}']).map(str::trim);
    // Which command it is is said in two ways.
    let is_own = |field: &&str| field.starts_with("kind: ") || field.starts_with("command: ");
    let fields = fields.filter(|field| field.contains(": ") && !is_own(field));
    let closing = [')', ']'];
    fields
        .map(|field| field.trim_end_matches(closing).to_owned())
        .collect()
}

/// How many of these are known here. Those are read in the same way by others.
fn known<Ours, Theirs>(messages: impl Iterator<Item = Vec<u8>>) -> usize
where
    Ours: Message + Default,
    Theirs: Message + Default,
{
    let mut known = 0;
    for bytes in messages {
        let Ok(ours) = Ours::decode(&bytes[..]) else {
            continue;
        };
        if ours.encoded_len() == Ours::default().encoded_len() {
            continue;
        }
        known += 1;
        let theirs = Theirs::decode(&bytes[..]).unwrap();
        let (ours, theirs) = (shown(&ours), shown(&theirs));
        let other: Vec<_> = ours.difference(&theirs).collect();
        assert!(
            other.is_empty(),
            "{bytes:?}: {other:?} is not in {theirs:?}"
        );
    }
    known
}

#[test]
fn what_is_said_of_messages_is_read_by_others_as_it_is_here() {
    assert!(known::<MessageMetadata, proto::MessageMetadata>(fields()) >= 29);
    assert!(known::<SingleMessageMetadata, proto::SingleMessageMetadata>(fields()) >= 10);
    assert!(known::<MessageIdData, proto::MessageIdData>(fields()) >= 7);
    assert!(known::<Schema, proto::Schema>(fields()) >= 4);
}

#[test]
fn each_field_of_each_command_is_read_by_others_as_it_is_here() {
    let commands = (2..HIGHEST).flat_map(|tag| {
        fields().map(move |inner| {
            let length = u8::try_from(inner.len()).unwrap();
            field(tag, 2, &[&[length][..], &inner].concat())
        })
    });
    assert!(known::<Said, proto::BaseCommand>(commands) >= 90);
}
