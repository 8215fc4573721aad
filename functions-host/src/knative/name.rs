//! What things are called on a cluster.

use std::fmt;
use std::str::FromStr;

/// The longest label of a name in DNS, in bytes.
const LABEL: usize = 63;
/// The longest name of an object, in bytes.
const NAME: usize = 253;
/// What the Service of a server is called before its id.
const SERVER: &str = "fx-";

/// Why a text is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// It is empty or too long.
    #[error("{given} bytes long; 1 to {most} are allowed")]
    Length {
        /// How long it is.
        given: usize,
        /// How long it may be.
        most: usize,
    },
    /// It holds a character that no name holds.
    #[error("{0:?} is in it; lower-case letters, digits and `-` are allowed")]
    Character(char),
    /// It begins with something else than a letter.
    #[error("it begins with {0:?}; a lower-case letter is needed")]
    Begin(char),
    /// It begins or ends with what may only be within.
    #[error("it begins or ends with {0:?}; lower-case letters and digits are allowed there")]
    End(char),
}

/// Whether a text is a label of DNS that may begin with a digit.
pub(super) fn check_label(text: &str, most: usize) -> Result<(), InvalidName> {
    if text.is_empty() || text.len() > most {
        let given = text.len();
        return Err(InvalidName::Length { given, most });
    }
    let usual = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if let Some(strange) = text.chars().find(|&c| !usual(c) && c != '-') {
        return Err(InvalidName::Character(strange));
    }
    let ends = [text.chars().next(), text.chars().next_back()];
    match ends.into_iter().flatten().find(|&c| !usual(c)) {
        Some(strange) => Err(InvalidName::End(strange)),
        None => Ok(()),
    }
}

/// The name of a function: a label of DNS that begins with a letter, as Knative wants it.
///
/// ```
/// use functions_host::knative::FunctionName;
///
/// assert!("resize-2".parse::<FunctionName>().is_ok());
/// for wrong in ["", "Resize", "2-resize", "resize-", "a.b", "../a"] {
///     assert!(wrong.parse::<FunctionName>().is_err(), "{wrong}");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionName(String);

impl FunctionName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FunctionName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        check_label(text, LABEL)?;
        match text.chars().next().filter(char::is_ascii_digit) {
            Some(digit) => Err(InvalidName::Begin(digit)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a deployment of a function server: 1 to 60 lower-case letters, digits and `-`,
/// so that a label of DNS comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentId(String);

impl DeploymentId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What its Service is called.
    #[must_use]
    pub fn service(&self) -> String {
        format!("{SERVER}{}", self.0)
    }
}

impl FromStr for DeploymentId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        check_label(text, LABEL - SERVER.len())?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of an object that is there already, such as a secret: labels of DNS with dots
/// between, 253 bytes at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName(String);

impl ObjectName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if text.is_empty() || text.len() > NAME {
            let (given, most) = (text.len(), NAME);
            return Err(InvalidName::Length { given, most });
        }
        text.split('.')
            .try_for_each(|part| check_label(part, NAME))?;
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{DeploymentId, FunctionName, InvalidName, ObjectName};

    #[test]
    fn a_name_that_is_no_label_is_refused_with_what_would_be() {
        let wrong = |text: &str| text.parse::<FunctionName>().unwrap_err().to_string();
        assert_eq!(
            wrong("my_function"),
            "'_' is in it; lower-case letters, digits and `-` are allowed"
        );
        assert_eq!(
            wrong("1st"),
            "it begins with '1'; a lower-case letter is needed"
        );
        assert_eq!(
            wrong("a-"),
            "it begins or ends with '-'; lower-case letters and digits are allowed there"
        );
        assert_eq!(wrong(""), "0 bytes long; 1 to 63 are allowed");
        for wrong in ["a\u{301}", "ä", "a b", "a\n", "-a", "A"] {
            assert!(wrong.parse::<FunctionName>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_a_server_is_called_is_a_label_as_long_as_its_id_may_be() {
        let longest = "9".repeat(60);
        let id: DeploymentId = longest.parse().unwrap();
        assert_eq!(id.service(), format!("fx-{longest}"));
        assert!(id.service().parse::<FunctionName>().is_ok());
        let (given, most) = (61, 60);
        assert_eq!(
            "9".repeat(61).parse::<DeploymentId>(),
            Err(InvalidName::Length { given, most })
        );
    }

    #[test]
    fn a_secret_may_have_dots_in_its_name_but_nothing_else_of_a_path() {
        assert!("keys.example".parse::<ObjectName>().is_ok());
        for wrong in ["", ".", "a..b", "a/b", "A", "a.", &"a".repeat(254)] {
            assert!(wrong.parse::<ObjectName>().is_err(), "{wrong}");
        }
    }
}
