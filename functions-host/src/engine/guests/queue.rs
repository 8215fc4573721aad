//! Guests that wait for a core, and the threads that wait for guests.
//!
//! To wake a thread costs more than most guests do. So one is woken where none is looking
//! for a guest already, and wakes the next one if it finds more than it can take: many who
//! come at once wake few. One thread at a time looks on for a moment before it sleeps.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Job;
use super::patience::Patience;

/// A queue. No more are in it than there are places in the engine.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    /// Whether there is a guest in it, for a look from outside.
    filled: AtomicBool,
    patience: Patience,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Threads that sleep and were not called.
    asleep: usize,
    /// Threads that were called and still sleep.
    called: usize,
    /// Threads that look for a guest, those that were called included.
    looking: usize,
    closed: bool,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            wake: Condvar::new(),
            filled: AtomicBool::new(false),
            patience: Patience::new(),
        }
    }

    /// Puts a guest at the end. Where nobody takes guests any more it is dropped.
    ///
    /// `true` where its turn is now, and a thread takes it without being woken.
    pub(super) fn put(&self, job: Job) -> bool {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            return false;
        }
        let is_next = state.jobs.is_empty() && state.looking > state.called;
        state.jobs.push_back(job);
        self.filled.store(true, Ordering::Relaxed);
        if state.looking == 0 {
            self.call(state);
        }
        is_next
    }

    /// Takes the first, and waits for one where there is none; `None` once it is closed.
    pub(super) fn take(&self) -> Option<Job> {
        let mut state = self.lock();
        let (mut looks, mut looked) = (false, false);
        loop {
            if let Some(job) = self.pop(&mut state) {
                if looks {
                    state.looking -= 1;
                    if !state.jobs.is_empty() && state.looking == 0 {
                        self.call(state);
                    }
                }
                return Some(job);
            }
            if state.closed {
                return None;
            }
            if !looked && state.looking == usize::from(looks) {
                if !looks {
                    state.looking += 1;
                    looks = true;
                }
                drop(state);
                self.patience.look(|| self.filled.load(Ordering::Relaxed));
                looked = true;
                state = self.lock();
                continue;
            }
            if looks {
                state.looking -= 1;
            }
            state.asleep += 1;
            while state.called == 0 {
                state = self
                    .wake
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            state.called -= 1;
            looks = true;
            looked = false;
        }
    }

    /// Lets the threads go, and the guests with them.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.called += state.asleep;
        state.asleep = 0;
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        self.wake.notify_all();
        drop(jobs);
    }

    fn pop(&self, state: &mut State) -> Option<Job> {
        let job = state.jobs.pop_front();
        if state.jobs.is_empty() {
            self.filled.store(false, Ordering::Relaxed);
        }
        job
    }

    /// Wakes one of those who sleep.
    fn call(&self, mut state: MutexGuard<'_, State>) {
        if state.asleep > 0 {
            state.asleep -= 1;
            state.called += 1;
            state.looking += 1;
            drop(state);
            self.wake.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
