//! Reads a line of a log.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::Deserialize;

use crate::level::Level;

/// How many words in the beginning of a line may come before its level.
const HEAD: usize = 6;

/// What a line says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Line {
    pub(crate) time: Option<Timestamp>,
    pub(crate) level: Option<Level>,
    /// With `#` in the place of each number, so that what differs in nothing else is one.
    pub(crate) message: String,
}

#[derive(Deserialize)]
struct Json {
    #[serde(alias = "timestamp", alias = "ts", alias = "@timestamp")]
    time: Option<String>,
    #[serde(alias = "severity")]
    level: Option<String>,
    #[serde(alias = "msg")]
    message: Option<String>,
}

impl Line {
    pub(crate) fn read(line: &str) -> Self {
        match serde_json::from_str::<Json>(line) {
            Ok(json) => Self {
                time: json.time.as_deref().and_then(time),
                level: json.level.as_deref().and_then(Level::named),
                message: numberless(&json.message.unwrap_or_default()),
            },
            Err(_) => Self::of_text(line.trim()),
        }
    }

    fn of_text(line: &str) -> Self {
        let (time, rest) = leading_time(line);
        let mut rest = rest.trim_start();
        let mut level = None;
        let mut ahead = rest;
        for _ in 0..HEAD {
            let (word, after) = ahead.split_once(char::is_whitespace).unwrap_or((ahead, ""));
            ahead = after.trim_start();
            level = Level::named(word);
            if level.is_some() {
                rest = ahead;
                break;
            }
        }
        Self {
            time,
            level,
            message: numberless(rest),
        }
    }
}

/// The time in the beginning of a line, of one word or of two, and what comes after it.
fn leading_time(line: &str) -> (Option<Timestamp>, &str) {
    let ends = line.match_indices(char::is_whitespace).map(|(end, _)| end);
    for end in ends
        .chain([line.len()])
        .take(2)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        let (head, rest) = line.split_at_checked(end).unwrap_or((line, ""));
        let head = head.trim_matches(['[', ']']);
        if let Some(time) = time(head) {
            return (Some(time), rest);
        }
    }
    (None, line)
}

/// A time by ISO 8601 or RFC 3339; one without an offset is taken for UTC.
fn time(text: &str) -> Option<Timestamp> {
    let with_offset = text.parse().ok();
    with_offset.or_else(|| {
        let time: DateTime = text.parse().ok()?;
        Offset::UTC.to_timestamp(time).ok()
    })
}

fn numberless(message: &str) -> String {
    let mut numberless = String::with_capacity(message.len());
    for char in message.chars() {
        if !char.is_ascii_digit() {
            numberless.push(char);
        } else if !numberless.ends_with('#') {
            numberless.push('#');
        }
    }
    numberless
}

#[cfg(test)]
mod tests {
    use super::Line;
    use crate::level::Level;

    fn read(line: &str) -> (Option<String>, Option<Level>, String) {
        let Line {
            time,
            level,
            message,
        } = Line::read(line);
        (time.map(|time| time.to_string()), level, message)
    }

    #[test]
    fn logs_of_many_makes_are_read() {
        let time = || Some("2026-01-02T03:04:05Z".to_owned());
        let error = Some(Level::Error);
        let message = || "disk # is full".to_owned();
        for line in [
            "2026-01-02T03:04:05Z ERROR disk 7 is full",
            "2026-01-02T03:04:05+00:00 [error] disk 7 is full",
            "2026-01-02 03:04:05 host app[12]: ERR disk 7 is full",
            "[2026-01-02 03:04:05] level=error disk 7 is full",
            r#"{"ts": "2026-01-02T03:04:05Z", "severity": "Error", "msg": "disk 7 is full"}"#,
        ] {
            assert_eq!(read(line), (time(), error, message()), "{line}");
        }
    }

    #[test]
    fn a_line_may_lack_everything() {
        assert_eq!(read("Traceback:"), (None, None, "Traceback:".to_owned()));
        assert_eq!(read("[]"), (None, None, "[]".to_owned()));
        assert_eq!(read("{}"), (None, None, String::new()));
        let late = "a line of prose that only names an error late";
        assert_eq!(read(late).1, None);
    }
}
