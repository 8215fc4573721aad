//! Many topics that share what their unfinished messages may take.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Room for five messages of [`begin`].
const ROOM: usize = 5 * 3_000;

/// A topic of a tenant, and how often it was woken.
fn topic(store: &Arc<Store<u32>>, owner: &str) -> (Chunks<u32>, Arc<AtomicUsize>) {
    let woken = Arc::new(AtomicUsize::new(0));
    let wakes = Arc::clone(&woken);
    let wake = move || _ = wakes.fetch_add(1, Ordering::SeqCst);
    (Chunks::of(store, &tenant(owner), MOST, wake), woken)
}

/// The first piece of two, of so many bytes.
fn begin(id: &str, bytes: usize) -> Piece {
    opened(&of(id, 0, 2, bytes + 2), &vec![b'x'; bytes])
}

fn end(id: &str, bytes: usize) -> Piece {
    opened(&of(id, 1, 2, bytes + 2), b"!!")
}

#[test]
fn the_oldest_goes_of_the_tenant_who_has_most_whoever_comes() {
    let store = Arc::new(Store::new(ROOM));
    let (mut honest, left_alone) = topic(&store, "honest");
    let (mut first, woken) = topic(&store, "hostile");
    let (mut second, _) = topic(&store, "hostile");
    let (start, second_long) = (Instant::now(), Duration::from_secs(1));
    let at = |second: u32| start + second_long * second;
    assert!(waits(&honest.add(begin("h", 1_500), 1, at(0))));
    // One of its topics began before the other one.
    assert!(waits(&first.add(begin("a", 1_500), 10, at(1))));
    for (place, id) in ["b", "c", "d", "e"].iter().enumerate() {
        let at = at(2 + u32::try_from(place).unwrap());
        let added = second.add(begin(id, 1_500), 20, at);
        assert!(waits(&added), "{id}");
        assert!(store.bytes() <= ROOM);
    }
    assert_eq!(woken.load(Ordering::SeqCst), 1);
    assert_eq!(first.made_way(), [10]);
    assert!(first.made_way().is_empty());
    // From here on it is in its own way.
    let told = dropped(second.add(begin("g", 1_500), 21, at(9)));
    assert_eq!(told.len(), 1);
    assert!(told[0].2, "it may come again");
    assert!(told[0].0.contains("more messages in pieces came"));
    assert!(store.bytes() <= ROOM);
    assert_eq!(left_alone.load(Ordering::SeqCst), 0);
    let whole = honest.add(end("h", 1_500), 2, at(10)).whole.unwrap();
    assert_eq!(whole.tokens, [1, 2]);
}

#[test]
fn however_much_one_begins_another_one_ends_what_it_begins() {
    let store = Arc::new(Store::new(ROOM));
    let mut hostile: Vec<_> = (0..20).map(|_| topic(&store, "hostile").0).collect();
    let (mut honest, _) = topic(&store, "honest");
    let now = Instant::now();
    for round in 0..50_u32 {
        for (place, chunks) in hostile.iter_mut().enumerate() {
            chunks.add(begin(&format!("{place}-{round}"), 2_000), round, now);
            assert!(store.bytes() <= ROOM);
        }
        assert!(waits(&honest.add(begin("h", 4_000), 1, now)));
        for chunks in &mut hostile {
            chunks.add(begin(&format!("more-{round}"), 2_000), round, now);
        }
        let whole = honest.add(end("h", 4_000), 2, now).whole;
        assert_eq!(whole.unwrap().tokens, [1, 2], "{round}");
    }
}

#[test]
fn what_goes_with_its_topic_is_room_for_others() {
    let store = Arc::new(Store::new(ROOM));
    let (mut goes, _) = topic(&store, "a");
    let (mut stays, _) = topic(&store, "b");
    let now = Instant::now();
    assert!(waits(&goes.add(begin("a", 8_000), 1, now)));
    drop(goes);
    assert_eq!(store.bytes(), 0);
    assert!(waits(&stays.add(begin("b", 8_000), 2, now)));
    let (_, held, of_tenants) = store.books().counted();
    assert_eq!((held, of_tenants), (store.bytes(), store.bytes()));
}

#[test]
fn one_that_fills_all_there_is_for_everybody_does_not_come_again() {
    let store = Arc::new(Store::new(4_000));
    let (mut chunks, _) = topic(&store, "a");
    let told = dropped(chunks.add(begin("a", 5_000), 7, Instant::now()));
    assert_eq!((&told[0].1[..], told[0].2), (&[7][..], false));
    assert_eq!(store.bytes(), 0);
}
