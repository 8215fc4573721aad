//! What comes out.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::level::Level;
use crate::line::Line;

/// How many messages are told.
const MESSAGES: usize = 10;

/// The sum of all lines.
#[derive(Default, Serialize)]
pub(crate) struct Summary {
    /// How many lines there are, empty ones aside.
    lines: usize,
    /// How many of each level.
    levels: BTreeMap<Level, usize>,
    /// How many that name none.
    without_level: usize,
    /// Which share of all lines are errors, or worse: 0 to 1.
    error_rate: f64,
    /// The first time that a line names, in UTC.
    from: Option<String>,
    /// The last time.
    to: Option<String>,
    /// What lies between them.
    seconds: Option<f64>,
    /// The messages that come most often, the most frequent first.
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Message {
    count: usize,
    message: String,
}

impl FromIterator<Line> for Summary {
    fn from_iter<I: IntoIterator<Item = Line>>(lines: I) -> Self {
        let mut summary = Self::default();
        let mut times: Option<(Timestamp, Timestamp)> = None;
        let mut messages = BTreeMap::<String, usize>::new();
        let mut errors = 0usize;
        for line in lines {
            summary.lines += 1;
            match line.level {
                Some(level) => *summary.levels.entry(level).or_default() += 1,
                None => summary.without_level += 1,
            }
            errors += usize::from(line.level.is_some_and(Level::is_error));
            if let Some(time) = line.time {
                let (first, last) = times.unwrap_or((time, time));
                times = Some((first.min(time), last.max(time)));
            }
            *messages.entry(line.message).or_default() += 1;
        }
        summary.error_rate = errors as f64 / summary.lines.max(1) as f64;
        summary.messages = most_frequent(messages);
        if let Some((first, last)) = times {
            summary.from = Some(first.to_string());
            summary.to = Some(last.to_string());
            summary.seconds = Some(last.duration_since(first).as_secs_f64());
        }
        summary
    }
}

/// The most frequent first, and by the alphabet where that is equal.
fn most_frequent(messages: BTreeMap<String, usize>) -> Vec<Message> {
    let messages = messages.into_iter();
    let mut messages: Vec<_> = messages
        .map(|(message, count)| Message { count, message })
        .collect();
    messages.sort_by_key(|message| Reverse(message.count));
    messages.truncate(MESSAGES);
    messages
}
