//! When a request comes again.

/// The first delay, in milliseconds.
const FIRST: i64 = 1_000;

/// The longest.
const LONGEST: i64 = 300_000;

/// How long a request waits after this attempt, in milliseconds: a second, doubling up to
/// five minutes, and up to a quarter more, so that what failed together does not come back
/// together.
pub(super) fn after(attempt: u32) -> i64 {
    let doubled = attempt.saturating_sub(1).min(20);
    let delay = FIRST.saturating_mul(1 << doubled).min(LONGEST);
    delay + fastrand::i64(0..=delay / 4)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, after};

    #[test]
    fn a_delay_doubles_from_a_second_to_five_minutes() {
        for (attempt, delay) in [
            (0, 1),
            (1, 1),
            (2, 2),
            (3, 4),
            (9, 256),
            (10, 300),
            (u32::MAX, 300),
        ] {
            for _ in 0..100 {
                let least = delay * 1000;
                assert!((least..=least + least / 4).contains(&after(attempt)));
            }
        }
        assert!(after(100) <= LONGEST + LONGEST / 4);
    }
}
