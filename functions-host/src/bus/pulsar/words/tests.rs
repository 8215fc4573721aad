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

/// Whether a field is one that is known here, in which case others read it in the same way.
/// The message has nothing but this field.
fn is_known<Ours, Theirs>(message: &[u8], field: &[u8]) -> bool
where
    Ours: Message + Default,
    Theirs: Message + Default,
{
    let Ok(ours) = Ours::decode(message) else {
        return false;
    };
    let written = ours.encode_to_vec();
    if !written.windows(field.len()).any(|part| part == field) {
        return false;
    }
    let theirs = Theirs::decode(message).unwrap();
    let (ours, theirs) = (shown(&ours), shown(&theirs));
    let other: Vec<_> = ours.difference(&theirs).collect();
    assert!(
        other.is_empty(),
        "{message:?}: {other:?} is not in {theirs:?}"
    );
    true
}

fn known<Ours, Theirs>() -> usize
where
    Ours: Message + Default,
    Theirs: Message + Default,
{
    let known = fields().filter(|field| is_known::<Ours, Theirs>(field, field));
    known.count()
}

#[test]
fn what_is_said_of_messages_is_read_by_others_as_it_is_here() {
    assert!(known::<MessageMetadata, proto::MessageMetadata>() >= 29);
    assert!(known::<SingleMessageMetadata, proto::SingleMessageMetadata>() >= 10);
    // Its seventh is an id itself, which is written with all that an id has to have.
    assert!(known::<MessageIdData, proto::MessageIdData>() >= 6);
    assert!(known::<Schema, proto::Schema>() >= 4);
}

#[test]
fn each_field_of_each_command_is_read_by_others_as_it_is_here() {
    let known = (2..HIGHEST).flat_map(|tag| {
        fields().filter(move |inner| {
            let length = u8::try_from(inner.len()).unwrap();
            let command = field(tag, 2, &[&[length][..], inner].concat());
            is_known::<Said, proto::BaseCommand>(&command, inner)
        })
    });
    let known = known.count();
    assert!(known >= 90, "{known}");
}
