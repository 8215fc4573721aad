//! What tells one number from another of the same name.

use std::fmt;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

/// What begins executions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trigger {
    /// A request that came over the bus.
    Event,
    /// Somebody who waits for the answer of a module that is kept.
    Invoke,
    /// Somebody who brings the module along.
    Embedded,
}

/// All words for how an execution ends.
const OUTCOMES: [&str; 21] = [
    super::SUCCEEDED,
    "trap",
    "abi",
    "exit",
    "wall-clock",
    "cpu-time",
    "fuel",
    "memory",
    "table",
    "stack",
    "output",
    "log",
    "log-lines",
    "results",
    "module",
    "refused",
    "asset",
    "request",
    "attempts",
    "overloaded",
    OTHER,
];

const OTHER: &str = "other";

/// A word, if it is one of those that are known: whatever else becomes one.
pub(super) fn known(word: &str) -> &'static str {
    let known = OUTCOMES.iter().find(|known| **known == word);
    known.copied().unwrap_or(OTHER)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Started {
    pub(super) trigger: Trigger,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Ended {
    pub(super) trigger: Trigger,
    pub(super) outcome: &'static str,
}

impl EncodeLabelValue for Trigger {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        let word = match self {
            Self::Event => "event",
            Self::Invoke => "invoke",
            Self::Embedded => "embedded",
        };
        word.encode(encoder)
    }
}
