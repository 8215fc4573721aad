//! Entries, as producers write them and as they do not.

mod clients;

use bytes::{BufMut as _, BytesMut};
use proptest::prelude::*;

use super::batch::{MOST_MESSAGES, MOST_PROPERTIES};
use super::*;
use crate::bus::pulsar::words::{CompressionType, EncryptionKeys, SingleMessageMetadata};

const MOST: usize = 1 << 20;

/// What a producer says at least.
pub(in super::super) fn metadata() -> MessageMetadata {
    MessageMetadata {
        producer_name: "camera".to_owned(),
        sequence_id: 7,
        publish_time: 1_700_000_000_000,
        ..MessageMetadata::default()
    }
}

fn property(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

/// Metadata and payload, without a checksum.
fn plain(metadata: &MessageMetadata, payload: &[u8]) -> Vec<u8> {
    let mut raw = Vec::new();
    raw.put_u32(u32::try_from(metadata.encoded_len()).unwrap());
    metadata.encode(&mut raw).unwrap();
    raw.extend_from_slice(payload);
    raw
}

/// The same with its checksum.
pub(in super::super) fn summed(metadata: &MessageMetadata, payload: &[u8]) -> Vec<u8> {
    let plain = plain(metadata, payload);
    let mut raw = CHECKSUM.to_vec();
    raw.put_u32(crc32c::crc32c(&plain));
    raw.extend_from_slice(&plain);
    raw
}

fn batch(messages: &[(SingleMessageMetadata, &[u8])]) -> Vec<u8> {
    let mut raw = Vec::new();
    for (metadata, payload) in messages {
        let metadata = SingleMessageMetadata {
            payload_size: i32::try_from(payload.len()).unwrap(),
            ..metadata.clone()
        };
        raw.put_u32(u32::try_from(metadata.encoded_len()).unwrap());
        metadata.encode(&mut raw).unwrap();
        raw.extend_from_slice(payload);
    }
    raw
}

fn hellos(count: usize) -> Vec<(SingleMessageMetadata, &'static [u8])> {
    vec![(SingleMessageMetadata::default(), b"hello"); count]
}

fn of_batch(count: i32) -> MessageMetadata {
    MessageMetadata {
        num_messages_in_batch: Some(count),
        ..metadata()
    }
}

/// What a producer writes who makes `content` small.
fn compressed(kind: CompressionType, content: &[u8]) -> (MessageMetadata, Vec<u8>) {
    let payload = match kind {
        CompressionType::None => content.to_vec(),
        CompressionType::Lz4 => lz4_flex::block::compress(content),
        CompressionType::Zlib => {
            let mut zlib = flate2::read::ZlibEncoder::new(content, flate2::Compression::fast());
            let mut payload = Vec::new();
            std::io::Read::read_to_end(&mut zlib, &mut payload).unwrap();
            payload
        }
        CompressionType::Zstd => {
            let mut payload = vec![0; zstd_safe::compress_bound(content.len())];
            let end = zstd_safe::compress(&mut payload[..], content, 3).unwrap();
            payload.truncate(end);
            payload
        }
        CompressionType::Snappy => snap::raw::Encoder::new().compress_vec(content).unwrap(),
    };
    let metadata = MessageMetadata {
        compression: Some(kind.into()),
        uncompressed_size: Some(u32::try_from(content.len()).unwrap()),
        ..metadata()
    };
    (metadata, payload)
}

pub(in super::super) fn entry(raw: &[u8]) -> Entry {
    match open(Bytes::copy_from_slice(raw), MOST) {
        Ok(Opened::Whole(entry)) => entry,
        other => panic!("it was {other:?}"),
    }
}

fn why(raw: &[u8]) -> String {
    match open(Bytes::copy_from_slice(raw), MOST) {
        Err(unreadable) => unreadable.reason,
        Ok(opened) => panic!("it was {opened:?}"),
    }
}

const ALL: [CompressionType; 5] = [
    CompressionType::None,
    CompressionType::Lz4,
    CompressionType::Zlib,
    CompressionType::Zstd,
    CompressionType::Snappy,
];

const SMALL: [CompressionType; 4] = [
    CompressionType::Lz4,
    CompressionType::Zlib,
    CompressionType::Zstd,
    CompressionType::Snappy,
];

#[test]
fn a_message_that_comes_alone_has_its_properties_key_and_time() {
    let metadata = MessageMetadata {
        properties: vec![property("a", "1"), property("a", "2")],
        partition_key: Some("cat".to_owned()),
        event_time: Some(5),
        ..metadata()
    };
    let entry = entry(&summed(&metadata, b"hello"));
    assert_eq!(entry.metadata.producer_name, "camera");
    let [single] = &entry.messages[..] else {
        panic!("{:?}", entry.messages)
    };
    assert_eq!(
        *single,
        Single {
            index: None,
            properties: vec![("a".into(), "1".into()), ("a".into(), "2".into())],
            key: Some("cat".to_owned()),
            key_is_base64: false,
            event_time: Some(5),
            payload: Bytes::from_static(b"hello"),
        }
    );
}

#[test]
fn a_checksum_and_what_a_broker_puts_in_front_may_be_there_or_not() {
    let plain = plain(&metadata(), b"hello");
    let summed = summed(&metadata(), b"hello");
    for raw in [plain, summed] {
        assert_eq!(entry(&raw).messages[0].payload, "hello");
        let mut with_more = OF_THE_BROKER.to_vec();
        with_more.put_u32(3);
        with_more.extend_from_slice(&[8, 1, 16]);
        with_more.extend_from_slice(&raw);
        assert_eq!(entry(&with_more).messages[0].payload, "hello");
    }
}

#[test]
fn a_bit_that_fell_over_is_seen_and_the_whole_entry_handed_back() {
    let whole = summed(&metadata(), b"hello");
    for at in 0..whole.len() * 8 {
        let mut raw = whole.clone();
        raw[at / 8] ^= 1 << (at % 8);
        let unreadable = open(raw.clone().into(), MOST).unwrap_err();
        assert_eq!(unreadable.payload, raw);
        assert!(unreadable.metadata.is_none());
    }
}

#[test]
fn an_entry_that_ends_too_early_is_unreadable_wherever_it_ends() {
    let raw = plain(&of_batch(2), &batch(&hellos(2)));
    for end in 0..raw.len() {
        assert!(
            open(Bytes::copy_from_slice(&raw[..end]), MOST).is_err(),
            "{end}"
        );
    }
    assert_eq!(entry(&raw).messages.len(), 2);
}

#[test]
fn a_batch_is_taken_apart_and_shares_the_bytes_of_the_entry() {
    let with_key = SingleMessageMetadata {
        partition_key: Some("Y2F0".to_owned()),
        partition_key_b64_encoded: Some(true),
        properties: vec![property("a", "1")],
        ..SingleMessageMetadata::default()
    };
    let without_key = SingleMessageMetadata {
        partition_key: Some("cat".to_owned()),
        null_partition_key: Some(true),
        ..SingleMessageMetadata::default()
    };
    let raw: Bytes = summed(
        &of_batch(2),
        &batch(&[(with_key, b"one"), (without_key, b"")]),
    )
    .into();
    let Ok(Opened::Whole(entry)) = open(raw.clone(), MOST) else {
        panic!("it is readable")
    };
    let [first, second] = &entry.messages[..] else {
        panic!("{:?}", entry.messages)
    };
    assert_eq!((first.index, &first.payload[..]), (Some(0), &b"one"[..]));
    assert_eq!(
        (first.key.as_deref(), first.key_is_base64),
        (Some("Y2F0"), true)
    );
    assert_eq!(first.properties, [("a".into(), "1".into())]);
    assert!(raw.as_ptr_range().contains(&first.payload.as_ptr()));
    assert_eq!((second.index, &second.payload[..]), (Some(1), &b""[..]));
    assert_eq!(second.key, None);
}

#[test]
fn a_batch_of_one_is_a_batch() {
    let raw = summed(
        &of_batch(1),
        &batch(&[(SingleMessageMetadata::default(), b"one")]),
    );
    assert_eq!(entry(&raw).messages[0].index, Some(0));
    assert_eq!(entry(&raw).messages[0].payload, "one");
}

#[test]
fn what_was_compacted_out_of_a_batch_leaves_the_places_of_the_others() {
    let gone = SingleMessageMetadata {
        compacted_out: Some(true),
        ..SingleMessageMetadata::default()
    };
    let there = SingleMessageMetadata::default();
    let raw = summed(
        &of_batch(3),
        &batch(&[(gone.clone(), b""), (there, b"b"), (gone, b"")]),
    );
    let places: Vec<_> = entry(&raw).messages.iter().map(|it| it.index).collect();
    assert_eq!(places, [Some(1)]);
}

#[test]
fn a_batch_that_does_not_hold_what_it_says_is_unreadable() {
    let two = batch(&hellos(2));
    for (count, reason) in [
        (-1, "a batch of -1 messages"),
        (0, "a batch of 0 messages"),
        (1, "bytes follow the last of the 1 messages"),
        (
            3,
            "message 2 of the 3 of its batch ends within its metadata",
        ),
        (i32::MAX, "a batch of 2147483647 messages"),
    ] {
        let why = why(&summed(&of_batch(count), &two));
        assert!(why.contains(reason), "{why}");
    }
    let mut negative = Vec::new();
    let metadata = SingleMessageMetadata {
        payload_size: -1,
        ..SingleMessageMetadata::default()
    };
    negative.put_u32(u32::try_from(metadata.encoded_len()).unwrap());
    metadata.encode(&mut negative).unwrap();
    let why = why(&summed(&of_batch(1), &negative));
    assert!(why.contains("has -1 bytes, and 0 are left"), "{why}");
}

#[test]
fn a_batch_of_many_messages_is_read_and_one_of_more_is_not() {
    let one = batch(&[(SingleMessageMetadata::default(), &b""[..])]);
    let most = usize::try_from(MOST_MESSAGES).unwrap();
    let count = i32::try_from(MOST_MESSAGES).unwrap();
    let payload = one.repeat(most);
    assert_eq!(
        entry(&summed(&of_batch(count), &payload)).messages.len(),
        most
    );
    let payload = one.repeat(most + 1);
    let why = why(&summed(&of_batch(count + 1), &payload));
    assert!(why.contains("a batch of 100001 messages"), "{why}");
}

#[test]
fn the_properties_of_a_batch_are_counted_together() {
    let full = SingleMessageMetadata {
        properties: vec![property("", ""); 40_000],
        ..SingleMessageMetadata::default()
    };
    let full = |count| batch(&vec![(full.clone(), &b""[..]); count]);
    let fitting = MOST_PROPERTIES / 40_000;
    let raw = summed(&of_batch(6), &full(fitting));
    let Ok(Opened::Whole(entry)) = open(raw.into(), 4 * MOST) else {
        panic!("it is readable")
    };
    assert_eq!(entry.messages.len(), fitting);
    let raw = summed(&of_batch(7), &full(fitting + 1));
    let unreadable = open(raw.into(), 4 * MOST).unwrap_err();
    assert!(
        unreadable.reason.contains("more than 250000 properties"),
        "{unreadable}"
    );
}

#[test]
fn metadata_that_is_too_long_is_not_read() {
    let long = MessageMetadata {
        properties: vec![property("", ""); MOST_METADATA / 2],
        ..metadata()
    };
    assert!(why(&summed(&long, b"")).contains("at most 262144 are read"));
    let long = SingleMessageMetadata {
        properties: vec![property("", ""); MOST_METADATA / 2],
        ..SingleMessageMetadata::default()
    };
    let raw = summed(&of_batch(1), &batch(&[(long, b"")]));
    assert!(why(&raw).contains("at most 262144 are read"));
}

#[test]
fn an_encrypted_entry_is_unreadable_and_says_so() {
    let locked = MessageMetadata {
        encryption_keys: vec![EncryptionKeys::default()],
        ..metadata()
    };
    let unreadable = open(summed(&locked, b"?!").into(), MOST).unwrap_err();
    assert!(unreadable.reason.contains("encrypted"), "{unreadable}");
    assert_eq!(unreadable.payload, "?!");
    assert_eq!(*unreadable.metadata.unwrap(), locked);
}

#[test]
fn every_way_of_compressing_is_undone() {
    let long = b"meow ".repeat(10_000);
    for kind in ALL {
        for content in [&b""[..], b"m", &long] {
            let (metadata, payload) = compressed(kind, content);
            let entry = entry(&summed(&metadata, &payload));
            assert_eq!(entry.messages[0].payload, content, "{kind:?}");
        }
    }
}

#[test]
fn snappy_is_read_as_a_stream_too() {
    let content = b"meow ".repeat(50_000);
    let mut stream = snap::write::FrameEncoder::new(Vec::new());
    std::io::Write::write_all(&mut stream, &content).unwrap();
    let payload = stream.into_inner().unwrap();
    let (metadata, _) = compressed(CompressionType::Snappy, &content);
    assert_eq!(
        entry(&summed(&metadata, &payload)).messages[0].payload,
        content
    );

    let short = MessageMetadata {
        uncompressed_size: Some(99_999),
        ..metadata
    };
    assert!(why(&summed(&short, &payload)).contains("and it has more"));
}

#[test]
fn a_size_that_is_not_told_as_it_is_makes_an_entry_unreadable() {
    let content = b"meow ".repeat(100);
    for kind in SMALL {
        for size in [0, 499, 501, 1 << 20] {
            let (metadata, payload) = compressed(kind, &content);
            let metadata = MessageMetadata {
                uncompressed_size: Some(size),
                ..metadata
            };
            let unreadable = open(summed(&metadata, &payload).into(), MOST).unwrap_err();
            assert!(
                unreadable.reason.contains(&format!("{size} bytes")),
                "{kind:?} {size} {unreadable}"
            );
            assert_eq!(unreadable.payload, payload);
            assert_eq!(*unreadable.metadata.unwrap(), metadata);
        }
    }
}

#[test]
fn more_than_is_wanted_is_not_even_decompressed() {
    for kind in ALL {
        let (metadata, payload) = compressed(kind, &[0; MOST + 1]);
        let why = why(&summed(&metadata, &payload));
        assert!(
            why.contains("it has 1048577 bytes, and at most 1048576"),
            "{why}"
        );
        let (metadata, payload) = compressed(kind, &[0; MOST]);
        assert_eq!(
            entry(&summed(&metadata, &payload)).messages[0]
                .payload
                .len(),
            MOST
        );
    }
}

#[test]
fn bytes_behind_the_end_of_what_was_compressed_make_it_unreadable() {
    for kind in SMALL {
        let (metadata, mut payload) = compressed(kind, &b"meow ".repeat(100));
        payload.extend_from_slice(b"more");
        assert!(
            why(&summed(&metadata, &payload)).contains("500 bytes"),
            "{kind:?}"
        );
    }
}

/// 8 KiB of Zstandard that are 250 MiB when they are decompressed.
#[test]
fn a_bomb_of_zstandard_stops_at_the_size_that_it_says() {
    let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    for _ in 0..2000 {
        // A block of 128 KiB that is one byte, repeated.
        let header: u32 = (128 * 1024) << 3 | 1 << 1;
        bomb.extend_from_slice(&header.to_le_bytes()[..3]);
        bomb.push(b'm');
    }
    bomb.extend_from_slice(&[1, 0, 0]);
    let (metadata, _) = compressed(CompressionType::Zstd, &b"meow ".repeat(100));
    let why = why(&summed(&metadata, &bomb));
    assert!(why.contains("Destination buffer is too small"), "{why}");
}

#[test]
fn a_way_of_compressing_that_is_not_known_is_named() {
    let metadata = MessageMetadata {
        compression: Some(9),
        ..metadata()
    };
    assert!(why(&summed(&metadata, b"")).contains("not known: 9"));
}

#[test]
fn a_piece_of_a_message_has_its_place() {
    let metadata = MessageMetadata {
        uuid: Some("camera-7".to_owned()),
        chunk_id: Some(1),
        num_chunks_from_msg: Some(3),
        total_chunk_msg_size: Some(12),
        ..metadata()
    };
    let Ok(Opened::Piece(piece)) = open(summed(&metadata, b"hello").into(), MOST) else {
        panic!("it is a piece")
    };
    assert_eq!(piece.id(), "camera-7");
    assert_eq!((piece.number, piece.of, piece.total), (1, 3, 12));
    assert_eq!(piece.payload, "hello");
}

#[test]
fn a_piece_that_has_no_place_is_unreadable() {
    let good = MessageMetadata {
        uuid: Some("camera-7".to_owned()),
        chunk_id: Some(1),
        num_chunks_from_msg: Some(3),
        total_chunk_msg_size: Some(12),
        ..metadata()
    };
    type Spoil = fn(&mut MessageMetadata);
    let bad: [(Spoil, &str); 9] = [
        (|it| it.uuid = None, "id has 0 bytes"),
        (|it| it.uuid = Some("x".repeat(1025)), "id has 1025 bytes"),
        (|it| it.chunk_id = None, "piece none of 3"),
        (|it| it.chunk_id = Some(-1), "piece -1 of 3"),
        (|it| it.chunk_id = Some(3), "piece 3 of 3"),
        (|it| it.num_chunks_from_msg = Some(4097), "piece 1 of 4097"),
        (
            |it| it.total_chunk_msg_size = Some(-1),
            "a message of -1 bytes",
        ),
        (
            |it| it.total_chunk_msg_size = Some(i32::MAX),
            "2147483647 bytes, and at most 1048576",
        ),
        (
            |it| it.num_chunks_from_msg = Some(i32::MAX),
            "piece 1 of 2147483647",
        ),
    ];
    for (spoil, reason) in bad {
        let mut metadata = good.clone();
        spoil(&mut metadata);
        let why = why(&summed(&metadata, b"hello"));
        assert!(why.contains(reason), "{why}");
    }
}

type Written = (Vec<(String, String)>, Option<String>, Vec<u8>);

fn messages() -> impl Strategy<Value = Vec<Written>> {
    let text = || "[a-zäö]{0,5}";
    let properties = proptest::collection::vec((text(), text()), 0..4);
    let payload = proptest::collection::vec(any::<u8>(), 0..100);
    let message = (properties, proptest::option::of(text()), payload);
    proptest::collection::vec(message, 1..20)
}

proptest! {
    #[test]
    fn what_is_written_is_read(written in messages(), kind in 0_usize..5) {
        let singles: Vec<_> = written
            .iter()
            .map(|(properties, key, payload)| {
                let metadata = SingleMessageMetadata {
                    properties: properties.iter().map(|(k, v)| property(k, v)).collect(),
                    partition_key: key.clone(),
                    ..SingleMessageMetadata::default()
                };
                (metadata, &payload[..])
            })
            .collect();
        let (mut metadata, payload) = compressed(ALL[kind], &batch(&singles));
        metadata.num_messages_in_batch = Some(i32::try_from(written.len()).unwrap());
        let read = entry(&summed(&metadata, &payload)).messages;
        let read: Vec<_> = read
            .into_iter()
            .map(|it| (it.properties, it.key, it.payload.to_vec()))
            .collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn no_bytes_are_too_strange(
        raw in proptest::collection::vec(any::<u8>(), 0..300),
        before in 0_usize..4,
    ) {
        let begin: &[u8] = [&[][..], CHECKSUM, OF_THE_BROKER, &[0, 0, 0, 60]][before];
        let mut bytes = BytesMut::from(begin);
        bytes.extend_from_slice(&raw);
        let _ = open(bytes.freeze(), MOST);
    }

    /// Bytes behind metadata that say what they could be: compressed, a batch, a piece.
    #[test]
    fn no_payload_is_too_strange(
        payload in proptest::collection::vec(any::<u8>(), 0..300),
        kind in 0..6,
        size in 0_u32..2000,
        count in proptest::option::of(-1..1000),
        pieces in proptest::option::of(-1..4),
    ) {
        let metadata = MessageMetadata {
            compression: Some(kind),
            uncompressed_size: Some(size),
            num_messages_in_batch: count,
            num_chunks_from_msg: pieces,
            uuid: pieces.map(|_| "it".to_owned()),
            chunk_id: pieces,
            ..metadata()
        };
        if let Ok(Opened::Whole(entry)) = open(plain(&metadata, &payload).into(), MOST) {
            let read: usize = entry.messages.iter().map(|it| it.payload.len()).sum();
            prop_assert!(read <= 2000);
        }
    }

    /// Bytes that were right, but for one.
    #[test]
    fn no_damage_is_too_small(kind in 0_usize..4, at: prop::sample::Index, with: u8) {
        let (metadata, mut payload) = compressed(SMALL[kind], &b"meow meow purr ".repeat(40));
        *at.get_mut(&mut payload) = with;
        if let Ok(Opened::Whole(entry)) = open(plain(&metadata, &payload).into(), MOST) {
            prop_assert_eq!(entry.messages[0].payload.len(), 600);
        }
    }
}
