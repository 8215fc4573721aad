//! Which executions may stand in the history.
//!
//! Of most requests nothing is known when they come, and to find that out takes as long as to
//! look up those that are. So their ids are remembered here, in a few bits each: what is not
//! remembered is not in the history, and what is has to be looked up.
//!
//! Ids are digests already, so their own bits say where theirs are. What is remembered has two
//! generations, and the elder goes when the younger is full: by then the history has let its
//! executions go.

use std::mem;

use super::ExecutionId;

/// Bits for each id, and how many of them an id sets. One in some hundred ids that were never
/// seen is taken for one that was.
const BITS: u64 = 16;
const SET: u64 = 4;

/// How many times as many as are kept, where others know them, are remembered.
const SPARE: u64 = 5;

/// The least and the most ids of a generation, which take 8 KiB and 64 MiB.
const LEAST: u64 = 1 << 12;
const MOST: u64 = 1 << 25;

#[derive(Debug)]
pub(super) struct Known {
    younger: Vec<u64>,
    elder: Vec<u64>,
    /// How many ids the younger generation has, and how many it may have.
    many: u64,
    room: u64,
    /// All that were in the history at the start are in here.
    is_whole: bool,
}

impl Known {
    /// For a history of so many. Until it is [whole](Self::whole), all may be known.
    pub(super) fn new(most: u64) -> Self {
        // More than that are in it: some have not ended, and what other hosts are to know and
        // do not know yet is kept for longer.
        let room = most.saturating_mul(SPARE).clamp(LEAST, MOST);
        let words = usize::try_from(room.saturating_mul(BITS).next_power_of_two() / 64);
        let words = words.unwrap_or(usize::MAX);
        Self {
            younger: vec![0; words],
            elder: vec![0; words],
            many: 0,
            room,
            is_whole: false,
        }
    }

    /// Remembers it. Whether it may have been known before.
    pub(super) fn add(&mut self, id: ExecutionId) -> bool {
        let was_known = self.set(id);
        let may_be = was_known || has(&self.elder, id) || !self.is_whole;
        if !was_known {
            self.many += 1;
        }
        if self.many >= self.room {
            mem::swap(&mut self.younger, &mut self.elder);
            self.younger.fill(0);
            self.many = 0;
        }
        may_be
    }

    /// All that stand in the history were added.
    pub(super) fn whole(&mut self) {
        self.is_whole = true;
    }

    /// Whether all its bits were set before.
    fn set(&mut self, id: ExecutionId) -> bool {
        let mut all = true;
        for (word, bit) in places(self.younger.len(), id) {
            if let Some(word) = self.younger.get_mut(word) {
                all &= *word & bit != 0;
                *word |= bit;
            }
        }
        all
    }
}

fn has(generation: &[u64], id: ExecutionId) -> bool {
    places(generation.len(), id)
        .all(|(word, bit)| generation.get(word).is_some_and(|word| word & bit != 0))
}

/// Where the bits of an id are, among so many words, which are a power of two.
fn places(words: usize, id: ExecutionId) -> impl Iterator<Item = (usize, u64)> {
    let id = u128::from_le_bytes(*id.as_bytes());
    let [low, high] = [id, id >> 64].map(|half| half as u64);
    let mask = words.wrapping_sub(1);
    (0..SET).map(move |n| {
        let place = low.wrapping_add(n.wrapping_mul(high | 1));
        ((place >> 6) as usize & mask, 1 << (place & 63))
    })
}

#[cfg(test)]
mod tests {
    use super::{Known, LEAST, SPARE};
    use crate::executions::ExecutionId;

    fn id(n: u64) -> ExecutionId {
        ExecutionId::of(&"t".parse().unwrap(), &n.to_string())
    }

    fn whole() -> Known {
        let mut known = Known::new(LEAST / SPARE);
        known.whole();
        known
    }

    #[test]
    fn what_was_added_is_known_and_little_else_seems_to_be() {
        let mut known = whole();
        let strange = (0..LEAST - 1).filter(|n| known.add(id(*n))).count();
        assert!(strange < 40, "{strange}");
        assert!((0..LEAST - 1).all(|n| known.add(id(n))));
    }

    #[test]
    fn as_many_as_there_is_room_for_are_known_whatever_came_before_them() {
        let mut known = whole();
        for n in 0..10 * LEAST {
            known.add(id(n));
            if let Some(early) = n.checked_sub(LEAST - 1) {
                assert!(
                    super::has(&known.younger, id(early)) || super::has(&known.elder, id(early))
                );
            }
        }
        let strange = (0..LEAST).filter(|n| known.add(id(*n))).count();
        assert!(strange < 200, "{strange}");
    }

    #[test]
    fn before_the_history_was_read_all_may_be_known() {
        let mut known = Known::new(1);
        assert!(known.add(id(1)) && known.add(id(2)));
        known.whole();
        assert!(known.add(id(1)) && !known.add(id(3)));
    }
}
