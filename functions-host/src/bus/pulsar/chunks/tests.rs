//! Pieces, in the order in which they should come and in others.

mod sharing;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::bus::pulsar::entry::tests::{metadata, summed};
use crate::bus::pulsar::entry::{self, Opened};
use crate::bus::pulsar::record::{self, tests::bytes};
use crate::bus::pulsar::schema::WriterSchema;
use crate::bus::pulsar::words::{CompressionType, KeyValue};

const MOST: usize = 10_000;

fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

fn alone<T: PartialEq>() -> Chunks<T> {
    Chunks::alone(&tenant("a"), MOST)
}

/// When the first of those that are unfinished began, if there is any.
fn oldest<T>(chunks: &Chunks<T>) -> Option<Instant> {
    chunks.store.books().oldest(chunks.number)
}

fn of(id: &str, number: u32, of: u32, total: usize) -> MessageMetadata {
    MessageMetadata {
        uuid: Some(id.to_owned()),
        chunk_id: i32::try_from(number).ok(),
        num_chunks_from_msg: i32::try_from(of).ok(),
        total_chunk_msg_size: i32::try_from(total).ok(),
        ..metadata()
    }
}

/// A piece as it comes out of an entry.
fn opened(metadata: &MessageMetadata, payload: &[u8]) -> Piece {
    match entry::open(summed(metadata, payload).into(), MOST) {
        Ok(Opened::Piece(piece)) => piece,
        other => panic!("it was {other:?}"),
    }
}

/// Piece `number` of `hello world!`, which has three of four bytes.
fn hello(id: &str, number: u32) -> Piece {
    let at = 4 * usize::try_from(number).unwrap();
    opened(&of(id, number, 3, 12), &b"hello world!"[at..at + 4])
}

fn waits<T: std::fmt::Debug>(added: &Added<T>) -> bool {
    added.whole.is_none() && added.dropped.is_empty()
}

/// The reasons, the tokens and whether it may go better.
fn dropped(added: Added<u32>) -> Vec<(String, Vec<u32>, bool)> {
    assert!(added.whole.is_none());
    let dropped = added.dropped.into_iter();
    dropped
        .map(|it| (it.what.reason, it.tokens, it.again))
        .collect()
}

#[test]
fn pieces_that_come_in_order_are_a_message_when_the_last_one_comes() {
    let (mut chunks, now) = (alone(), Instant::now());
    assert!(waits(&chunks.add(hello("a", 0), 10, now)));
    assert!(waits(&chunks.add(hello("a", 1), 11, now)));
    let whole = chunks.add(hello("a", 2), 12, now).whole.unwrap();
    assert_eq!(whole.payload, "hello world!");
    assert_eq!(whole.tokens, [10, 11, 12]);
    assert_eq!(whole.metadata.chunk_id, Some(0));
    assert_eq!((oldest(&chunks), chunks.store.bytes()), (None, 0));
}

#[test]
fn pieces_of_some_messages_may_come_between_each_other() {
    let (mut chunks, now) = (alone(), Instant::now());
    for number in 0..2 {
        for (place, id) in ["a", "b", "c"].iter().enumerate() {
            assert!(waits(&chunks.add(hello(id, number), (place, number), now)));
        }
    }
    for (place, id) in ["a", "b", "c"].iter().enumerate() {
        let whole = chunks.add(hello(id, 2), (place, 2), now).whole.unwrap();
        assert_eq!(whole.payload, "hello world!");
        assert_eq!(whole.tokens, [(place, 0), (place, 1), (place, 2)]);
    }
}

#[test]
fn a_message_that_was_compressed_before_it_was_cut_is_read_when_it_is_whole() {
    let content = b"meow ".repeat(100);
    let small = lz4_flex::block::compress(&content);
    let (begin, end) = small.split_at(small.len() / 2);
    let (mut chunks, now) = (alone(), Instant::now());
    let piece = |number, payload| {
        let metadata = MessageMetadata {
            compression: Some(CompressionType::Lz4.into()),
            uncompressed_size: Some(500),
            ..of("a", number, 2, small.len())
        };
        opened(&metadata, payload)
    };
    assert!(waits(&chunks.add(piece(0, begin), 0, now)));
    let whole = chunks.add(piece(1, end), 1, now).whole.unwrap();
    let entry = entry::unpack(whole.metadata, whole.payload, MOST).unwrap();
    assert_eq!(entry.messages[0].payload, content);
}

/// A request in two pieces that the client of Java 4.0.0 compressed and cut.
const JAVA: [&str; 2] = [
    "0e01cb50963c000000480a0b6a6176612d6368756e6b73100018c7caacc3a13422060a016e12\
     013040014892028201080000000000000000d2010d6a6176612d6368756e6b732d30d80102e0\
     019502e80100f0ff040861636d650a6361742d31ec03646174613a2c61346331323362313631\
     3264643237326431333731633137313439643433393533366233323136666461656562393735\
     3732396661653932336435613466643132616162666532323866323139653963623065623533\
     6631363934376363663235656338346438646263373432353437373066353839303464626134\
     3165636363633366633136323665353361313330343362303236633438626266333366656666\
     39323433613866353036623430393238",
    "0e0192160c2b000000480a0b6a6176612d6368756e6b73100018c7caacc3a13422060a016e12\
     013040014892028201080000000000000000d2010d6a6176612d6368756e6b732d30d80102e0\
     019502e801016235623761373637633736666230303866383662656262323733376636613666\
     306662323363366635646132636563323535343034653466623434303033107468756d627340\
     32f6a1abfef962",
];

#[test]
fn a_request_of_java_in_pieces_is_read() {
    let (mut chunks, now) = (alone(), Instant::now());
    let [begin, end] = JAVA.map(|hex| match entry::open(bytes(hex).into(), MOST) {
        Ok(Opened::Piece(piece)) => piece,
        other => panic!("it was {other:?}"),
    });
    assert!(waits(&chunks.add(begin, 0, now)));
    let whole = chunks.add(end, 1, now).whole.unwrap();
    let entry = entry::unpack(whole.metadata, whole.payload, MOST).unwrap();
    let record = record::read(&WriterSchema::default(), &entry.messages[0].payload, MOST).unwrap();
    assert_eq!(record.wasm_module_id, "thumbs@2");
    assert_eq!(record.asset_uri.len(), "data:,".len() + 240);
    assert_eq!(
        entry.messages[0].properties,
        [("n".to_owned(), "0".to_owned())]
    );
}

#[test]
fn pieces_that_a_broker_sends_again_are_the_same_pieces() {
    let (mut chunks, now) = (alone(), Instant::now());
    for number in [0, 1, 1, 0, 0, 1] {
        assert!(waits(&chunks.add(hello("a", number), number, now)));
    }
    let whole = chunks.add(hello("a", 2), 2, now).whole.unwrap();
    assert_eq!(whole.payload, "hello world!");
    assert_eq!(whole.tokens, [0, 1, 2]);
}

#[test]
fn pieces_that_a_producer_sends_again_are_acknowledged_with_the_message() {
    let (mut chunks, now) = (alone(), Instant::now());
    for (number, token) in [(0, 10), (1, 11), (0, 12), (1, 13), (1, 14)] {
        assert!(waits(&chunks.add(hello("a", number), token, now)));
    }
    let whole = chunks.add(hello("a", 2), 15, now).whole.unwrap();
    assert_eq!(whole.payload, "hello world!");
    assert_eq!(whole.tokens, [10, 11, 12, 13, 14, 15]);
}

#[test]
fn a_first_piece_that_comes_again_begins_with_what_it_holds_now() {
    let (mut chunks, now) = (alone(), Instant::now());
    assert!(waits(&chunks.add(opened(&of("a", 0, 2, 4), b"no"), 0, now)));
    assert!(waits(&chunks.add(opened(&of("a", 0, 2, 4), b"ye"), 1, now)));
    let whole = chunks.add(opened(&of("a", 1, 2, 4), b"s!"), 2, now).whole;
    assert_eq!(whole.unwrap().payload, "yes!");
}

#[test]
fn pieces_that_come_for_ever_are_given_up() {
    let (mut chunks, now) = (alone(), Instant::now());
    for token in 0..12 {
        assert!(waits(&chunks.add(hello("a", token % 2), token, now)));
    }
    let dropped = dropped(chunks.add(hello("a", 0), 12, now));
    let [(reason, tokens, false)] = &dropped[..] else {
        panic!("{dropped:?}")
    };
    assert!(reason.contains("more than 4 times"), "{reason}");
    assert_eq!(tokens.len(), 13);
    assert_eq!(chunks.store.bytes(), 0);
}

#[test]
fn a_piece_without_the_first_one_may_be_read_when_all_come_again() {
    let mut chunks = alone();
    let added = chunks.add(hello("a", 1), 11, Instant::now());
    assert_eq!(added.dropped[0].what.payload, "o wo");
    let dropped = dropped(added);
    let [(reason, tokens, true)] = &dropped[..] else {
        panic!("{dropped:?}")
    };
    assert!(
        reason.contains("piece 0 did not come before it"),
        "{reason}"
    );
    assert_eq!(tokens, &[11]);
}

#[test]
fn a_piece_that_comes_alone_again_and_again_is_given_up() {
    let mut chunks = alone();
    let mut again = |times| {
        let mut added = chunks.add(hello("a", 1), 11, Instant::now());
        added.dropped[0].came(&11, times);
        dropped(added)[0].2
    };
    assert!(again(0) && again(59));
    assert!(!again(60) && !again(u32::MAX));
    // What was there of its message may have come for the first time.
    let (mut chunks, now) = (alone(), Instant::now());
    assert!(waits(&chunks.add(hello("b", 0), 0, now)));
    let mut told = chunks.add(hello("b", 2), 2, now).dropped;
    told.iter_mut().for_each(|dropped| dropped.came(&2, 60));
    let told: Vec<_> = told.iter().map(|it| (&it.tokens[..], it.again)).collect();
    assert_eq!(told, [(&[0][..], true), (&[2][..], false)]);
}

#[test]
fn a_gap_gives_up_what_is_there_until_all_come_again() {
    let (mut chunks, now) = (alone(), Instant::now());
    assert!(waits(&chunks.add(hello("a", 0), 10, now)));
    let added = dropped(chunks.add(hello("a", 2), 12, now));
    let reason = "piece 2 of 3 came, and not piece 1";
    assert_eq!(
        added,
        [
            (reason.to_owned(), vec![10], true),
            (reason.to_owned(), vec![12], true)
        ]
    );
    for number in 0..2 {
        assert!(waits(&chunks.add(hello("a", number), number, now)));
    }
    assert!(chunks.add(hello("a", 2), 2, now).whole.is_some());
}

#[test]
fn pieces_that_do_not_agree_never_become_a_message() {
    let (mut chunks, now) = (alone(), Instant::now());
    assert!(waits(&chunks.add(hello("a", 0), 10, now)));
    let both = dropped(chunks.add(opened(&of("a", 1, 3, 13), b"o wo"), 11, now));
    let told: Vec<_> = both.into_iter().map(|it| (it.1, it.2)).collect();
    assert_eq!(told, [(vec![10], false), (vec![11], false)]);

    assert!(waits(&chunks.add(hello("a", 0), 10, now)));
    let old = dropped(chunks.add(opened(&of("a", 0, 2, 4), b"ye"), 20, now));
    let told: Vec<_> = old.into_iter().map(|it| (it.1, it.2)).collect();
    assert_eq!(told, [(vec![10], false)]);
    let whole = chunks.add(opened(&of("a", 1, 2, 4), b"s!"), 21, now).whole;
    let whole = whole.unwrap();
    assert_eq!(
        (&whole.payload[..], &whole.tokens[..]),
        (&b"yes!"[..], &[20, 21][..])
    );
}

#[test]
fn pieces_that_are_not_as_long_as_they_say_never_become_a_message() {
    for (total, begin, end) in [(4, "he", "l"), (4, "hello", ""), (4, "he", "llo")] {
        let (mut chunks, now) = (alone(), Instant::now());
        let first = chunks.add(opened(&of("a", 0, 2, total), begin.as_bytes()), 0, now);
        let added = match waits(&first) {
            true => chunks.add(opened(&of("a", 1, 2, total), end.as_bytes()), 1, now),
            false => first,
        };
        let told = dropped(added);
        assert!(!told[0].2);
        assert!(
            told[0].0.contains("and not 4 as each of them says"),
            "{told:?}"
        );
        assert_eq!(chunks.store.bytes(), 0);
    }
}

#[test]
fn the_oldest_goes_when_too_many_are_unfinished() {
    let (mut chunks, now) = (alone(), Instant::now());
    for place in 0..16 {
        assert!(waits(&chunks.add(hello(&place.to_string(), 0), place, now)));
    }
    let told = dropped(chunks.add(hello("more", 0), 16, now));
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0].1[..], told[0].2), (&[0][..], true));
    assert_eq!(chunks.store.books().many(chunks.number), 16);
}

#[test]
fn the_oldest_go_when_too_many_bytes_are_unfinished() {
    let (mut chunks, now) = (alone(), Instant::now());
    let half = vec![0; MOST / 2];
    let piece = |id, number| opened(&of(id, number, 3, MOST), &half);
    assert!(waits(&chunks.add(piece("a", 0), 1, now)));
    assert!(waits(&chunks.add(piece("b", 0), 2, now)));
    assert!(waits(&chunks.add(piece("c", 0), 3, now)));
    let told = dropped(chunks.add(piece("b", 1), 4, now));
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0].1[..], told[0].2), (&[1][..], true));
    let whole = chunks.add(opened(&of("b", 2, 3, MOST), b""), 5, now).whole;
    assert_eq!(whole.unwrap().tokens, [2, 4, 5]);
}

#[test]
fn one_that_fills_all_by_itself_does_not_come_again() {
    let mut chunks = alone();
    let property = KeyValue::default();
    let large = MessageMetadata {
        properties: vec![property; 1000],
        ..of("a", 0, 3, MOST)
    };
    let told = dropped(chunks.add(opened(&large, b"hello"), 7, Instant::now()));
    assert_eq!((&told[0].1[..], told[0].2), (&[7][..], false));
    assert_eq!(chunks.store.bytes(), 0);
}

#[test]
fn what_waits_too_long_is_given_up_the_oldest_first() {
    let (mut chunks, begin) = (alone(), Instant::now());
    let second = Duration::from_secs(1);
    for (place, id) in ["a", "b", "c"].iter().enumerate() {
        let at = begin + second * u32::try_from(place).unwrap();
        assert!(waits(&chunks.add(hello(id, 0), place, at)));
    }
    // It is as old as its first piece.
    assert!(waits(&chunks.add(hello("a", 1), 3, begin + second * 3)));
    assert_eq!(oldest(&chunks), Some(begin));
    assert!(chunks.overdue(begin + second * 9, second * 10).is_empty());
    let told = chunks.overdue(begin + second * 11, second * 10);
    let tokens: Vec<_> = told.iter().map(|it| it.tokens.clone()).collect();
    assert_eq!(tokens, [vec![0, 3], vec![1]]);
    assert_eq!(told[0].what.payload, "hello wo");
    assert!(
        told[0].what.reason.contains("within 10s"),
        "{}",
        told[0].what
    );
    assert_eq!(oldest(&chunks), Some(begin + second * 2));
}

proptest! {
    /// However they come: every token is waiting or was handed back, no bound is passed,
    /// and what is whole has as many bytes as it should.
    #[test]
    fn no_order_of_pieces_loses_one(
        pieces in proptest::collection::vec((0_u8..20, 0_u32..4, 2_u32..4, 0_usize..3000), 0..200),
    ) {
        let (mut chunks, begin) = (alone(), Instant::now());
        let mut back = BTreeSet::new();
        for (token, (id, number, pieces, length)) in pieces.iter().enumerate() {
            if number >= pieces {
                back.insert(token);
                continue;
            }
            let metadata = of(&id.to_string(), *number, *pieces, usize::from(*id) * 300);
            let piece = opened(&metadata, &vec![0; *length / 3]);
            let added = chunks.add(piece, token, begin + Duration::from_secs(token as u64));
            if let Some(whole) = added.whole {
                prop_assert_eq!(whole.payload.len(), usize::from(*id) * 300);
                back.extend(whole.tokens);
            }
            back.extend(added.dropped.into_iter().flat_map(|it| it.tokens));
            let books = chunks.store.books();
            prop_assert!(books.many(chunks.number) <= MOST_UNFINISHED);
            prop_assert!(books.held(chunks.number) <= chunks.most);
            let (each, held, of_tenants) = books.counted();
            prop_assert_eq!(each, vec![(held, held)]);
            prop_assert_eq!(of_tenants, held);
        }
        let left = chunks.overdue(begin + Duration::from_secs(1000), Duration::from_secs(1));
        back.extend(left.into_iter().flat_map(|it| it.tokens));
        prop_assert_eq!(back.len(), pieces.len());
        prop_assert_eq!(chunks.store.bytes(), 0);
    }
}
