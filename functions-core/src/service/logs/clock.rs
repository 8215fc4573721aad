//! The time of a line. A second is written out once a thread.

use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `2026-01-31T23:59:59.`, without the fraction.
const SECOND: usize = 20;

/// `2026-01-31T23:59:59.123456Z`.
pub(super) const TIMESTAMP: usize = SECOND + 7;

#[derive(Debug)]
pub(super) struct Clock {
    /// The second that is written out.
    second: Option<u64>,
    text: [u8; TIMESTAMP],
}

impl Clock {
    pub(super) const fn new() -> Self {
        Self {
            second: None,
            text: *b"0000-00-00T00:00:00.000000Z",
        }
    }

    /// Now, in RFC 3339, in UTC, with microseconds.
    pub(super) fn now(&mut self) -> &[u8; TIMESTAMP] {
        self.at(SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default())
    }

    fn at(&mut self, since_epoch: Duration) -> &[u8; TIMESTAMP] {
        let second = since_epoch.as_secs();
        let (date, fraction) = self.text.split_at_mut(SECOND);
        if self.second != Some(second) {
            let whole = UNIX_EPOCH + Duration::from_secs(second);
            // Fails in the year 10000, and leaves the last second that had four digits.
            let _ = write!(&mut *date, "{}", humantime::format_rfc3339_seconds(whole));
            if let Some(last) = date.last_mut() {
                *last = b'.';
            }
            self.second = Some(second);
        }
        let mut micros = since_epoch.subsec_micros();
        for digit in fraction.iter_mut().take(6).rev() {
            *digit = b'0' + (micros % 10) as u8;
            micros /= 10;
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use std::time::Duration;

    #[test]
    fn a_time_is_written_to_the_microsecond_in_utc() {
        let mut clock = Clock::new();
        let mut at = |seconds, micros: u32| {
            let time = Duration::new(seconds, micros * 1000);
            String::from_utf8(clock.at(time).to_vec()).unwrap()
        };
        assert_eq!(at(0, 0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(at(1_709_251_199, 1), "2024-02-29T23:59:59.000001Z");
        assert_eq!(at(1_709_251_199, 999_999), "2024-02-29T23:59:59.999999Z");
        assert_eq!(at(1_709_251_200, 42), "2024-03-01T00:00:00.000042Z");
    }

    #[test]
    fn now_is_between_before_and_after() {
        let before = std::time::SystemTime::now();
        let text = String::from_utf8(Clock::new().now().to_vec()).unwrap();
        let now = humantime::parse_rfc3339(&text).unwrap();
        let micro = Duration::from_micros(1);
        assert!(before - micro <= now && now <= std::time::SystemTime::now());
    }
}
