//! A moment of looking on before a thread sleeps.
//!
//! To put a thread to sleep and wake it again takes ten microseconds and more, and most
//! guests are done in less. So where the next thing comes soon, a thread that looks on for a
//! moment is the faster one. Where it does not, or where others want the core meanwhile,
//! that is a waste. So it is done as long as it pays: each time in vain makes it rarer. On
//! a single core it never pays.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long it is done: what most guests take, and the way there and back.
const MOMENT: Duration = Duration::from_micros(20);

/// A moment that was so long was not had: the core was given to somebody else.
const INTERRUPTED: Duration = Duration::from_micros(200);

/// How many occasions are let pass at most before it is tried again, where nothing came.
const SELDOM: u32 = 32;

/// And how many where others want the core.
const RARELY: u32 = 1 << 12;

/// Whether to look on for a moment, by what came of it before.
#[derive(Debug, Default)]
pub(super) struct Patience {
    /// How many occasions to let pass.
    pass: AtomicU32,
    /// How many were let pass after the last time in vain.
    passed: AtomicU32,
    /// Nothing can come while somebody looks.
    is_futile: bool,
}

impl Patience {
    /// For threads of this process.
    pub(super) fn new() -> Self {
        Self {
            is_futile: thread::available_parallelism().is_ok_and(|cores| cores.get() == 1),
            ..Self::default()
        }
    }

    /// Looks for a moment whether something is there, or takes but one look.
    pub(super) fn look(&self, is_there: impl Fn() -> bool) -> bool {
        if self.is_futile {
            return is_there();
        }
        let pass = self.pass.load(Ordering::Relaxed);
        if pass > 0 {
            self.pass.store(pass - 1, Ordering::Relaxed);
            return is_there();
        }
        let began = Instant::now();
        loop {
            for _ in 0..16 {
                if is_there() {
                    self.passed.store(0, Ordering::Relaxed);
                    return true;
                }
                spin_loop();
            }
            let took = began.elapsed();
            if took > MOMENT {
                self.in_vain(took > INTERRUPTED);
                return false;
            }
        }
    }

    fn in_vain(&self, interrupted: bool) {
        let before = self.passed.load(Ordering::Relaxed);
        let pass = match interrupted {
            true => RARELY,
            false => before.saturating_mul(2).clamp(1, SELDOM),
        };
        self.passed.store(pass, Ordering::Relaxed);
        self.pass.store(pass, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Patience;
    use std::cell::Cell;

    /// Which of many occasions, where nothing comes, are looked at for more than a glance.
    fn in_vain(patience: &Patience, occasions: usize) -> Vec<usize> {
        let looked = |_: &usize| {
            let looks = Cell::new(0);
            let found = patience.look(|| {
                looks.set(looks.get() + 1);
                false
            });
            assert!(!found);
            looks.get() > 1
        };
        (0..occasions).filter(looked).collect()
    }

    #[test]
    fn what_never_comes_is_looked_for_rarely_and_never_given_up() {
        // Rarer still where this thread lost its core meanwhile.
        let looked = in_vain(&Patience::default(), 33_000);
        assert_eq!(looked[0], 0);
        assert!((2..1_010).contains(&looked.len()), "{looked:?}");
    }

    #[test]
    fn where_nothing_can_come_one_look_is_taken() {
        let patience = Patience {
            is_futile: true,
            ..Patience::default()
        };
        assert!(in_vain(&patience, 10).is_empty());
    }

    #[test]
    fn what_comes_again_is_looked_for_each_time_again() {
        let patience = Patience::default();
        in_vain(&patience, 10_000);
        while !patience.look(|| true) || patience.passed.load(super::Ordering::Relaxed) > 0 {}
        let looks = Cell::new(0);
        assert!(patience.look(|| looks.replace(looks.get() + 1) == 5));
    }
}
