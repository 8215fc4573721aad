//! What has begun here and has not ended, and what is not written down of it yet.
//!
//! Most executions end a moment after they have begun. To write both down would be to write
//! most of it twice, so a beginning is kept here, and goes into the history together with the
//! end. One that takes longer, that waits for another attempt, or that somebody asks for, is
//! written by itself.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ExecutionId;
use super::execution::Identified;
use super::known::Known;
use super::marks::Mark;

/// How many are held of which it was not written down yet that they were told.
const TOLD: usize = 4096;

#[derive(Debug)]
pub(super) struct Underway(Mutex<State>);

#[derive(Debug)]
struct State {
    known: Known,
    begun: HashMap<ExecutionId, Beginning>,
    /// Attempts during which this host ended before, and their marks.
    died: HashMap<ExecutionId, (u32, Mark)>,
    told: Vec<ExecutionId>,
    /// Those that have ended and have not come to their place.
    staged: HashSet<ExecutionId>,
}

/// The beginning of an attempt.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) new: Identified,
    pub(super) attempt: u32,
    /// When, in microseconds since 1970.
    pub(super) at: i64,
    /// Stands until it is written down.
    pub(super) mark: Option<Mark>,
}

impl Underway {
    pub(super) fn new(most: u64) -> Self {
        Self(Mutex::new(State {
            known: Known::new(most),
            begun: HashMap::new(),
            died: HashMap::new(),
            told: Vec::new(),
            staged: HashSet::new(),
        }))
    }

    /// Whether an execution may be in the history, or have begun. From now on it may.
    pub(super) fn may_be_known(&self, id: ExecutionId) -> bool {
        self.state().known.add(id)
    }

    /// All that are in the history were asked for by [`may_be_known`](Self::may_be_known).
    pub(super) fn knows_all(&self) {
        self.state().known.whole();
    }

    /// An attempt has begun.
    pub(super) fn begin(&self, beginning: Beginning) {
        self.state().begun.insert(beginning.new.id, beginning);
    }

    /// The beginning of one that ends now.
    pub(super) fn take(&self, id: ExecutionId) -> Option<Beginning> {
        self.state().begun.remove(&id)
    }

    /// Those beginnings that are to be written down by themselves.
    pub(super) fn unwritten(&self, is_to_be: impl Fn(&Beginning) -> bool) -> Vec<Beginning> {
        let state = self.state();
        let unwritten = state.begun.values().filter(|begun| is_to_be(begun));
        unwritten.map(Beginning::unmarked).collect()
    }

    /// The same for a single one.
    pub(super) fn unwritten_one(&self, id: ExecutionId) -> Option<Beginning> {
        self.state().begun.get(&id).map(Beginning::unmarked)
    }

    /// It was written down. One that ends in this moment is written once more, with its end.
    pub(super) fn written(&self, id: ExecutionId) {
        drop(self.take(id));
    }

    /// This host ended during an attempt at it.
    pub(super) fn died(&self, id: ExecutionId, attempt: u32, mark: Mark) {
        let mut state = self.state();
        state.known.add(id);
        state.died.insert(id, (attempt, mark));
    }

    /// During which attempt at it this host ended, where that is not written down.
    pub(super) fn died_during(&self, id: ExecutionId) -> Option<u32> {
        self.state().died.get(&id).map(|(attempt, _)| *attempt)
    }

    /// That was written down.
    pub(super) fn buried(&self, id: ExecutionId) {
        let buried = self.state().died.remove(&id);
        drop(buried);
    }

    /// All who want to know were told how it ended. Whether it is time to write that down.
    pub(super) fn tell(&self, id: ExecutionId) -> bool {
        let mut state = self.state();
        state.told.push(id);
        state.told.len() >= TOLD
    }

    /// Whether that is to be written down.
    pub(super) fn is_told(&self, id: ExecutionId) -> bool {
        self.state().told.contains(&id)
    }

    /// Those of which it is to be written down.
    pub(super) fn take_told(&self) -> Vec<ExecutionId> {
        mem::take(&mut self.state().told)
    }

    /// It has ended, and has not come to its place.
    pub(super) fn stage(&self, id: ExecutionId) {
        self.state().staged.insert(id);
    }

    /// All that have ended have come to their place.
    pub(super) fn settled(&self) {
        let mut state = self.state();
        if !state.staged.is_empty() {
            // What many have taken is not kept for ever.
            state.staged = HashSet::new();
        }
    }

    pub(super) fn is_settled(&self) -> bool {
        self.state().staged.is_empty()
    }

    pub(super) fn is_staged(&self, id: ExecutionId) -> bool {
        self.state().staged.contains(&id)
    }

    /// Whether there is nothing to be written down.
    pub(super) fn is_idle(&self) -> bool {
        let state = self.state();
        state.begun.is_empty() && state.told.is_empty() && state.staged.is_empty()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Beginning {
    /// What is written down of it.
    fn unmarked(&self) -> Self {
        Self {
            new: self.new.clone(),
            attempt: self.attempt,
            at: self.at,
            mark: None,
        }
    }
}
