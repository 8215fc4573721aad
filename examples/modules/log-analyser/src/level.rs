//! How bad it is, in the words of different logs.

use serde::Serialize;

/// The level of a line, from the least to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    Trace,
    Debug,
    Info,
    Warning,
    Error,
    Fatal,
}

impl Level {
    /// The level that a word names, in whichever case and brackets: `INFO`, `[warn]`,
    /// `level=error`.
    pub(crate) fn named(word: &str) -> Option<Self> {
        let word = word.rsplit('=').next().unwrap_or(word);
        let word = word.trim_matches(|char: char| !char.is_ascii_alphabetic());
        Some(match word.to_ascii_lowercase().as_str() {
            "trace" => Self::Trace,
            "debug" => Self::Debug,
            "info" | "information" | "notice" => Self::Info,
            "warn" | "warning" => Self::Warning,
            "err" | "error" => Self::Error,
            "fatal" | "critical" | "panic" | "alert" | "emergency" => Self::Fatal,
            _ => return None,
        })
    }

    pub(crate) fn is_error(self) -> bool {
        self >= Self::Error
    }
}
