//! What a module is called.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::Serialize;

/// The longest id, in bytes.
const MAX_LENGTH: usize = 128;

/// The id of a module: 1 to 128 of the characters `A-Z`, `a-z`, `0-9`, `.`, `_`, `-`, but
/// neither `.` nor `..`.
///
/// ```
/// use functions_host::modules::ModuleId;
///
/// let id: ModuleId = "asset-linker_1.2".parse().unwrap();
/// assert_eq!(id.as_str(), "asset-linker_1.2");
/// assert!("../secrets".parse::<ModuleId>().is_err());
/// ```
///
/// Clones are cheap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ModuleId(#[serde(serialize_with = "as_text")] Arc<str>);

/// Why a text is no [`ModuleId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidModuleId {
    /// The text is empty or too long.
    #[error("the id of a module has 1 to {MAX_LENGTH} characters, and this has {0} bytes")]
    Length(usize),
    /// The text holds a character that no id holds.
    #[error("the id of a module has letters, digits, `.`, `_` and `-`, and this has {0:?}")]
    Character(char),
    /// The text means a folder to the system.
    #[error("the id of a module is neither `.` nor `..`")]
    Dots,
}

impl ModuleId {
    /// The longest id, in bytes.
    pub const MAX_LENGTH: usize = MAX_LENGTH;

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ModuleId {
    type Err = InvalidModuleId;

    fn from_str(text: &str) -> Result<Self, InvalidModuleId> {
        if text.is_empty() || text.len() > MAX_LENGTH {
            return Err(InvalidModuleId::Length(text.len()));
        }
        let strange = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if let Some(strange) = text.chars().find(strange) {
            return Err(InvalidModuleId::Character(strange));
        }
        match text {
            "." | ".." => Err(InvalidModuleId::Dots),
            text => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for ModuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn as_text<S: serde::Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

#[cfg(test)]
mod tests {
    use super::{InvalidModuleId, ModuleId};

    #[test]
    fn an_id_is_short_and_of_harmless_characters() {
        let longest = "x".repeat(128);
        for good in ["a", "A-1_b.c", "...", ".hidden", &longest] {
            assert_eq!(good.parse::<ModuleId>().unwrap().as_str(), good);
        }
        let too_long = "x".repeat(129);
        for bad in [
            "", ".", "..", "../x", "a/b", "a\\b", "a b", "a%2fb", "é", "a\0", &too_long,
        ] {
            assert!(bad.parse::<ModuleId>().is_err(), "{bad:?}");
        }
        let slash = "a/b".parse::<ModuleId>();
        assert_eq!(slash, Err(InvalidModuleId::Character('/')));
    }
}
