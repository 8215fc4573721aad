//! What stops a start: every fault of the configuration, a line each.

use std::fmt;
use std::path::PathBuf;

/// The configuration cannot be understood.
///
/// Its text holds one line for each fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(Vec<Fault>);

/// One thing that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A variable holds what it may not.
    #[error("{variable} is {}; allowed: {allowed}", shown(.value.as_deref()))]
    Variable {
        /// Its name.
        variable: &'static str,
        /// What it holds. Nothing, where that is a secret.
        value: Option<String>,
        /// What it may hold.
        allowed: String,
    },
    /// A variable holds bytes that are no text.
    #[error("{variable} is not valid UTF-8; allowed: {allowed}")]
    NotText {
        /// Its name.
        variable: &'static str,
        /// What it may hold.
        allowed: String,
    },
    /// The program itself sets what may not be set.
    #[error("{field} is set to {value} in code; allowed: {allowed}")]
    Code {
        /// The field of the configuration.
        field: &'static str,
        /// What it was set to.
        value: String,
        /// What it may be set to.
        allowed: String,
    },
    /// A line of `.env` is no assignment.
    #[error("{}, line {line}: cannot be read; allowed: NAME=value, with quotes closed", .file.display())]
    DotenvLine {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// `.env` is there and cannot be read.
    #[error("{} cannot be read: {reason}; allowed: a text file in UTF-8, or no such file", .file.display())]
    Dotenv {
        /// The file.
        file: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// A value that has no default was set nowhere.
    #[error("{0}")]
    Missing(String),
}

impl ConfigError {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self(faults)
    }

    /// What is wrong, in the order in which the variables are listed.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.0
    }
}

impl From<Fault> for ConfigError {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let end = if index > 0 { "\n" } else { "" };
            write!(f, "{end}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// How much of a value is shown, in characters.
const SHOWN: usize = 100;

/// On one line, whatever it holds.
fn shown(value: Option<&str>) -> String {
    let Some(value) = value else {
        return "set to a secret that cannot be used".to_owned();
    };
    let mut shown = String::from("'");
    for character in value.chars().take(SHOWN) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if value.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown.push('\'');
    shown
}
