//! What of a topic is here.

use std::collections::HashMap;
use std::mem;

use super::Health;
use super::position;
use crate::bus::pulsar::item::EntryId;
use crate::bus::pulsar::wire::Consumer;
use crate::bus::pulsar::words::MessageIdData;

/// How many entries are remembered of which something is done and nothing is here.
const REMEMBERED: usize = 4096;

#[derive(Debug)]
pub(super) struct Held {
    entries: HashMap<EntryId, Entry>,
    /// Entries of which the broker is to hear that they are done.
    to_ack: Vec<MessageIdData>,
    /// How many of them there are, with those that it was told and has not heard yet.
    unheard: usize,
    /// Entries that go back.
    to_give_back: Vec<MessageIdData>,
    /// How many messages wait here, in nobody's hands.
    waiting: i64,
    in_hand: i64,
    /// How many more the broker may send, as far as is known.
    permits: i64,
    /// How many may be here or on their way.
    window: i64,
    prefetch: i64,
    pub(super) health: Health,
    /// The consumer, while there is one.
    pub(super) consumer: Option<Consumer>,
}

#[derive(Debug)]
struct Entry {
    id: MessageIdData,
    /// The entries of the other pieces, where it is the last one of a message in pieces.
    pieces: Vec<MessageIdData>,
    messages: Vec<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The broker has it.
    Away,
    /// It waits here, or is in somebody's hands.
    Here,
    Done,
}

impl Held {
    pub(super) fn new(prefetch: u32) -> Self {
        let prefetch = i64::from(prefetch.max(1));
        Self {
            entries: HashMap::new(),
            to_ack: Vec::new(),
            unheard: 0,
            to_give_back: Vec::new(),
            waiting: 0,
            in_hand: 0,
            permits: 0,
            window: prefetch,
            prefetch,
            health: Health::default(),
            consumer: None,
        }
    }

    pub(super) fn in_hand(&self) -> u64 {
        u64::try_from(self.in_hand).unwrap_or_default()
    }

    /// An entry came of so many messages, of which some are done already; or the last of
    /// the `pieces` of one. Returns those that are new here, by their numbers.
    pub(super) fn came(
        &mut self,
        id: MessageIdData,
        pieces: Vec<MessageIdData>,
        many: usize,
        is_done: impl Fn(usize) -> bool,
    ) -> Vec<u32> {
        let entry = self.entries.entry(position(&id)).or_insert_with(|| Entry {
            id: bare(id),
            pieces: Vec::new(),
            messages: Vec::new(),
        });
        entry.pieces = pieces;
        if entry.messages.len() < many {
            entry.messages.resize(many, State::Away);
        }
        let mut new = Vec::new();
        for (number, state) in entry.messages.iter_mut().enumerate() {
            if is_done(number) && *state == State::Away {
                *state = State::Done;
            }
            if *state == State::Away {
                *state = State::Here;
                new.extend(u32::try_from(number));
            }
        }
        self.waiting = self.waiting.saturating_add(length(new.len()));
        if entry.is_done() {
            let ids = entry.ids();
            self.is_to_hear(ids);
        }
        new
    }

    /// The broker has sent so many.
    pub(super) fn used(&mut self, permits: usize) {
        self.permits = self.permits.saturating_sub(length(permits));
    }

    /// How many more the broker is to be permitted to send, if it is enough to tell it. One
    /// that does not hear what is done is sent no more for a while.
    pub(super) fn permit(&mut self) -> Option<u32> {
        if self.unheard > REMEMBERED {
            return None;
        }
        let more = self
            .window
            .saturating_sub(self.waiting)
            .saturating_sub(self.permits);
        if more < (self.window / 2).max(1) {
            return None;
        }
        let permits = u32::try_from(more).ok()?;
        self.permits = self.permits.saturating_add(more);
        Some(permits)
    }

    /// What the broker says of how many more it may send.
    pub(super) fn permits(&mut self, permits: i64) {
        self.permits = permits;
    }

    /// Whether the broker may be permitted more by this.
    pub(super) fn taken(&mut self) -> bool {
        self.waiting = self.waiting.saturating_sub(1);
        self.in_hand = self.in_hand.saturating_add(1);
        self.window = self.window.saturating_add(1).min(self.prefetch);
        self.window
            .saturating_sub(self.waiting)
            .saturating_sub(self.permits)
            >= (self.window / 2).max(1)
    }

    pub(super) fn returned(&mut self) {
        self.waiting = self.waiting.saturating_add(1);
        self.in_hand = self.in_hand.saturating_sub(1);
    }

    /// Whether the broker has something to hear, which it had not before.
    pub(super) fn done(&mut self, at: EntryId, index: u32) -> bool {
        self.in_hand = self.in_hand.saturating_sub(1);
        let Some(entry) = self.entries.get_mut(&at) else {
            return false;
        };
        entry.set(index, State::Done);
        if !entry.is_done() {
            return false;
        }
        let is_first = self.to_ack.is_empty();
        let ids = entry.ids();
        self.is_to_hear(ids);
        is_first
    }

    fn is_to_hear(&mut self, ids: Vec<MessageIdData>) {
        self.unheard = self.unheard.saturating_add(ids.len());
        self.to_ack.extend(ids);
    }

    pub(super) fn no_room(&mut self, at: EntryId, index: u32) {
        self.waiting = self.waiting.saturating_sub(1);
        // What is sent again comes one by one for a while.
        self.window = (self.window / 2).max(1);
        if let Some(entry) = self.entries.get_mut(&at) {
            entry.set(index, State::Away);
            self.to_give_back.extend(entry.ids());
        }
    }

    /// The consumer is gone, and what waited here with it.
    pub(super) fn lost(&mut self, places: impl IntoIterator<Item = (EntryId, u32)>) {
        for (at, index) in places {
            self.waiting = self.waiting.saturating_sub(1);
            if let Some(entry) = self.entries.get_mut(&at) {
                entry.set(index, State::Away);
            }
        }
        self.permits = 0;
        self.unheard = self.to_ack.len();
        self.to_give_back.clear();
        // Of what nobody has begun nothing is known. What is done stays known: it is sent
        // again, and is not done twice.
        self.entries
            .retain(|_, entry| entry.messages.iter().any(|state| *state != State::Away));
        if self.entries.len() > REMEMBERED {
            self.entries
                .retain(|_, entry| entry.messages.contains(&State::Here));
        }
    }

    /// Takes what the broker is to hear: what is done.
    pub(super) fn take_acks(&mut self) -> Vec<MessageIdData> {
        mem::take(&mut self.to_ack)
    }

    pub(super) fn take_returns(&mut self) -> Vec<MessageIdData> {
        mem::take(&mut self.to_give_back)
    }

    /// The broker has heard that these are done.
    pub(super) fn acked(&mut self, ids: &[MessageIdData]) {
        self.unheard = self.unheard.saturating_sub(ids.len());
        for id in ids {
            self.entries.remove(&position(id));
        }
    }

    pub(super) fn has_to_ack(&self) -> bool {
        !self.to_ack.is_empty()
    }
}

impl Entry {
    fn set(&mut self, index: u32, state: State) {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        if let Some(of) = self.messages.get_mut(index) {
            *of = state;
        }
    }

    fn ids(&self) -> Vec<MessageIdData> {
        let pieces = self.pieces.iter().cloned();
        pieces.chain([self.id.clone()]).collect()
    }

    fn is_done(&self) -> bool {
        self.messages.iter().all(|state| *state == State::Done)
    }
}

/// An entry's id without what is of one of its messages.
fn bare(id: MessageIdData) -> MessageIdData {
    MessageIdData {
        ledger_id: id.ledger_id,
        entry_id: id.entry_id,
        partition: id.partition,
        ..MessageIdData::default()
    }
}

fn length(many: usize) -> i64 {
    i64::try_from(many).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Held, REMEMBERED};
    use crate::bus::pulsar::words::MessageIdData;

    fn id(entry: u64) -> MessageIdData {
        MessageIdData {
            ledger_id: 1,
            entry_id: entry,
            ..MessageIdData::default()
        }
    }

    fn came(held: &mut Held, entry: u64, many: usize) -> Vec<u32> {
        held.came(id(entry), Vec::new(), many, |_| false)
    }

    fn acks(held: &mut Held) -> Vec<u64> {
        let acks = held.take_acks().into_iter();
        acks.map(|id| id.entry_id).collect()
    }

    #[test]
    fn a_batch_is_acknowledged_when_all_of_it_is_done() {
        let mut held = Held::new(8);
        assert_eq!(came(&mut held, 5, 3), [0, 1, 2]);
        assert!(!held.done((1, 5), 1));
        assert!(!held.done((1, 5), 0));
        assert!(acks(&mut held).is_empty());
        assert!(held.done((1, 5), 2));
        assert_eq!(acks(&mut held), [5]);
    }

    #[test]
    fn what_is_sent_again_is_known_again() {
        let mut held = Held::new(8);
        came(&mut held, 5, 4);
        for _ in 0..3 {
            held.taken();
        }
        held.done((1, 5), 0);
        held.done((1, 5), 1);
        // The third is in hand, the fourth waits, and the consumer is lost.
        held.lost([((1, 5), 3)]);
        assert_eq!(came(&mut held, 5, 4), [3]);
        held.done((1, 5), 2);
        held.done((1, 5), 3);
        assert_eq!(acks(&mut held), [5]);
        // Nobody heard that: it comes once more, and nothing of it is to be done.
        held.lost([]);
        assert!(came(&mut held, 5, 4).is_empty());
        assert_eq!(acks(&mut held), [5]);
        held.acked(&[id(5)]);
        assert_eq!(came(&mut held, 5, 4).len(), 4);
    }

    #[test]
    fn what_others_have_done_of_a_batch_is_not_done_again() {
        let mut held = Held::new(8);
        let new = held.came(id(5), Vec::new(), 4, |number| number % 2 == 0);
        assert_eq!(new, [1, 3]);
        assert!(!held.done((1, 5), 1));
        assert!(held.done((1, 5), 3));
    }

    #[test]
    fn a_broker_that_does_not_hear_what_is_done_is_sent_for_no_more() {
        let mut held = Held::new(8);
        let many = u64::try_from(REMEMBERED).unwrap() + 1;
        for entry in 0..many {
            came(&mut held, entry, 1);
            held.taken();
            assert_eq!(held.done((1, entry), 0), entry == 0);
        }
        assert_eq!(held.permit(), None);
        let told = held.take_acks();
        assert!(told.len() > REMEMBERED);
        assert_eq!(held.permit(), None);
        held.acked(&told[..1]);
        assert_eq!(held.permit(), Some(8));
    }

    #[test]
    fn a_broker_sends_no_more_than_the_window_and_what_goes_back_makes_it_smaller() {
        let mut held = Held::new(8);
        assert_eq!(held.permit(), Some(8));
        assert_eq!(held.permit(), None);
        for entry in 0..8 {
            held.used(1);
            came(&mut held, entry, 1);
        }
        assert_eq!(held.permit(), None);
        (0..3).for_each(|_| assert!(!held.taken()));
        assert!(held.taken());
        assert_eq!(held.permit(), Some(4));
        for entry in 4..8 {
            held.no_room((1, entry), 0);
        }
        assert_eq!(held.take_returns().len(), 4);
        assert_eq!(held.window, 1);
    }
}
