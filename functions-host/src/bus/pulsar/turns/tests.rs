use std::sync::Arc;

use tokio::sync::oneshot;

use super::Turns;
use crate::bus::Request;
use crate::bus::pulsar::entry::Single;
use crate::bus::pulsar::item::{Item, Place};
use crate::bus::pulsar::letter::Letter;
use crate::bus::pulsar::names::Kind;
use crate::bus::pulsar::topic::Topic;

fn topic(owner: &str) -> Arc<Topic> {
    let owner = owner.parse().unwrap();
    Arc::new(Topic::new("topic".to_owned(), owner, Kind::Requests, 8))
}

fn item(topic: &Arc<Topic>, name: &str, bytes: usize) -> Item {
    let single = Single {
        index: None,
        properties: Vec::new(),
        key: None,
        key_is_base64: false,
        event_time: None,
        payload: vec![0; bytes].into(),
    };
    Item {
        request: Arc::new(Request {
            id: name.parse().unwrap(),
            tenant: topic.owner().clone(),
            asset_id: String::new(),
            asset_uri: String::new(),
            wasm_module_id: String::new(),
            event_timestamp: 0,
            repeats: None,
            flaw: None,
        }),
        attempts: 0,
        untold: 0,
        letter: Letter::new(single, None, "topic", "1:1:-1".to_owned()),
        place: Place {
            topic: Arc::clone(topic),
            entry: (1, 1),
            index: 0,
        },
    }
}

fn put(turns: &mut Turns, topic: &Arc<Topic>, name: &str) {
    assert!(turns.put(item(topic, name, 10)).is_empty());
}

fn name(waiting: &mut oneshot::Receiver<Item>) -> Option<String> {
    let item = waiting.try_recv().ok()?;
    Some(item.request.id.to_string())
}

fn next(turns: &mut Turns) -> Option<String> {
    name(&mut turns.wait().unwrap())
}

#[test]
fn tenants_take_turns_and_each_gets_its_oldest() {
    let mut turns = Turns::new(100, 1 << 20);
    let (flood, few) = (topic("flood"), topic("few"));
    (0..50).for_each(|n| put(&mut turns, &flood, &format!("flood-{n}")));
    (0..3).for_each(|n| put(&mut turns, &few, &format!("few-{n}")));
    let got: Vec<_> = (0..7).map(|_| next(&mut turns).unwrap()).collect();
    let expected = [
        "flood-0", "few-0", "flood-1", "few-1", "flood-2", "few-2", "flood-3",
    ];
    assert_eq!(got, expected);
}

#[test]
fn a_tenant_has_no_more_in_hand_than_its_share() {
    let mut turns = Turns::new(2, 1 << 20);
    let (flood, few) = (topic("flood"), topic("few"));
    (0..5).for_each(|n| put(&mut turns, &flood, &format!("flood-{n}")));
    assert_eq!(next(&mut turns).as_deref(), Some("flood-0"));
    assert_eq!(next(&mut turns).as_deref(), Some("flood-1"));
    let mut waiting = turns.wait().unwrap();
    assert_eq!(name(&mut waiting), None);
    put(&mut turns, &few, "few-0");
    assert_eq!(name(&mut waiting).as_deref(), Some("few-0"));
    turns.landed(flood.owner());
    assert_eq!(next(&mut turns).as_deref(), Some("flood-2"));
}

#[test]
fn what_is_put_back_comes_before_the_others_of_its_tenant() {
    let mut turns = Turns::new(2, 1 << 20);
    let one = topic("one");
    put(&mut turns, &one, "first");
    put(&mut turns, &one, "second");
    let first = turns.wait().unwrap().try_recv().unwrap();
    assert!(turns.put_back(first).is_empty());
    assert_eq!(next(&mut turns).as_deref(), Some("first"));
    assert_eq!(next(&mut turns).as_deref(), Some("second"));
}

#[test]
fn who_went_away_gets_nothing_and_nothing_is_lost() {
    let mut turns = Turns::new(2, 1 << 20);
    let one = topic("one");
    drop(turns.wait().unwrap());
    put(&mut turns, &one, "first");
    assert_eq!(next(&mut turns).as_deref(), Some("first"));
}

#[test]
fn where_it_is_too_much_the_last_of_whoever_has_the_most_goes_back() {
    let mut turns = Turns::new(2, 100_000);
    let (hog, small) = (topic("hog"), topic("small"));
    put(&mut turns, &small, "small-0");
    let back = |turns: &mut Turns, name: &str| {
        let back = turns.put(item(&hog, name, 20_000));
        back.iter()
            .map(|item| item.request.id.to_string())
            .collect::<Vec<_>>()
    };
    assert!(back(&mut turns, "hog-0").is_empty());
    assert!(back(&mut turns, "hog-1").is_empty());
    assert_eq!(back(&mut turns, "hog-2"), ["hog-2"]);
    assert_eq!(next(&mut turns).as_deref(), Some("small-0"));
    assert_eq!(next(&mut turns).as_deref(), Some("hog-0"));
    // The one that is there alone stays, however large it is.
    let mut turns = Turns::new(2, 10);
    assert!(back(&mut turns, "hog-0").is_empty());
}

#[test]
fn once_closed_all_goes_back_and_nobody_waits() {
    let mut turns = Turns::new(2, 1 << 20);
    let one = topic("one");
    put(&mut turns, &one, "first");
    let in_hand = turns.wait().unwrap().try_recv().unwrap();
    put(&mut turns, &one, "second");
    let mut waiting = turns.wait().unwrap();
    assert_eq!(name(&mut waiting).as_deref(), Some("second"));
    put(&mut turns, &one, "third");
    assert_eq!(turns.close().len(), 1);
    assert!(turns.wait().is_none());
    assert_eq!(turns.put_back(in_hand).len(), 1);
    assert_eq!(turns.put(item(&one, "fourth", 1)).len(), 1);
}
