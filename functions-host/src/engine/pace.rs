//! Whether a guest is one that runs for long.
//!
//! Most guests are done in microseconds. One that has taken a whole slice of a core goes
//! on where those wait for a core who [run for long](super::guests), and stays there.
//! Nobody says beforehand how long a guest will run; but a module whose guests ran for long
//! has more of that kind, so they begin there. Their habit is followed with a delay: one
//! that is not as those before it is not yet another habit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use tokio::task::yield_now;

/// How often the guests of a module ran for long, less how often they did not, within
/// narrow bounds.
#[derive(Debug, Default)]
pub(super) struct Habit(AtomicU8);

/// Of one guest. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Pace(Arc<State>);

#[derive(Debug)]
struct State {
    slice: Duration,
    habit: Arc<Habit>,
    is_long: AtomicBool,
}

impl Habit {
    /// More is forgotten.
    const MOST: u8 = 3;

    /// From here on it is expected of the next guest.
    const EXPECTED: u8 = 2;

    fn learn(&self, ran_for_long: bool) {
        let learnt = |now: u8| match ran_for_long {
            true => (now < Self::MOST).then_some(now.saturating_add(1)),
            false => now.checked_sub(1),
        };
        // What does not change is not written: all guests of a module share it.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, learnt);
    }

    fn is_long(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= Self::EXPECTED
    }
}

impl Pace {
    pub(super) fn new(slice: Duration, habit: &Arc<Habit>) -> Self {
        Self(Arc::new(State {
            slice,
            is_long: habit.is_long().into(),
            habit: Arc::clone(habit),
        }))
    }

    /// Whether it waits for a core among those who run for long.
    pub(super) fn is_long(&self) -> bool {
        self.0.is_long.load(Ordering::Relaxed)
    }

    /// Whether a guest that has taken so much of a core is to make way.
    pub(super) fn is_over(&self, taken: Duration) -> bool {
        taken >= self.0.slice
    }

    /// Lets others run, and goes on among those who run for long.
    pub(super) async fn make_way(self) {
        self.0.is_long.store(true, Ordering::Relaxed);
        yield_now().await;
    }

    /// It is done, and has taken so much of a core.
    pub(super) fn is_done(&self, taken: Duration) {
        self.0.habit.learn(self.is_over(taken));
    }
}

#[cfg(test)]
mod tests {
    use super::{Habit, Pace};
    use std::sync::Arc;
    use std::time::Duration;

    const SLICE: Duration = Duration::from_millis(1);

    /// A guest that takes so much of a core, and where it began.
    async fn began_long(habit: &Arc<Habit>, taken: Duration) -> bool {
        let pace = Pace::new(SLICE, habit);
        let began_long = pace.is_long();
        if pace.is_over(taken) {
            pace.clone().make_way().await;
        }
        pace.is_done(taken);
        began_long
    }

    #[tokio::test]
    async fn guests_begin_as_those_before_them_went_on_unless_it_was_one_alone() {
        let habit = Arc::default();
        let mut began = Vec::new();
        for taken in [0, 5, 0, 5, 5, 5, 5, 0, 5, 0, 0, 0, 0, 5, 0] {
            began.push(began_long(&habit, Duration::from_millis(taken)).await);
        }
        let expected = "sssssLLLLLLssss".chars().map(|began| began == 'L');
        assert_eq!(began, expected.collect::<Vec<_>>());
    }
}
