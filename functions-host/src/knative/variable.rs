//! The environment of a container.

use std::fmt;
use std::str::FromStr;

use super::name::ObjectName;

/// The longest name of a variable, and the longest key of a secret, in bytes.
const LONGEST: usize = 253;

/// What Knative sets by itself, and lets nobody else set.
const TAKEN: [&str; 4] = ["PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"];

/// The name of a variable: letters, digits and `_`, no digit at the beginning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VariableName(String);

/// Why a text is no variable, or names no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVariable {
    /// No variable is called this.
    #[error(
        "no variable has this name; letters, digits and `_` are allowed, and no digit at the \
         beginning"
    )]
    Name,
    /// The variable is set by the cluster.
    #[error("{0} is set by the cluster itself")]
    Taken(&'static str),
    /// It does not name a key of a secret.
    #[error("it names no key of a secret; one is like SECRET/KEY")]
    Secret,
}

impl VariableName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VariableName {
    type Err = InvalidVariable;

    fn from_str(text: &str) -> Result<Self, InvalidVariable> {
        if let Some(taken) = TAKEN.into_iter().find(|taken| *taken == text) {
            return Err(InvalidVariable::Taken(taken));
        }
        let usual = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let begins = text.chars().next().is_some_and(|c| !c.is_ascii_digit());
        match begins && text.len() <= LONGEST && text.chars().all(usual) {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidVariable::Name),
        }
    }
}

impl fmt::Display for VariableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One value of a secret that is on the cluster: `SECRET/KEY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretKey {
    pub(super) secret: ObjectName,
    pub(super) key: String,
}

impl FromStr for SecretKey {
    type Err = InvalidVariable;

    fn from_str(text: &str) -> Result<Self, InvalidVariable> {
        let wrong = InvalidVariable::Secret;
        let (secret, key) = text.split_once('/').ok_or(wrong.clone())?;
        let usual = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if !(1..=LONGEST).contains(&key.len()) || !key.chars().all(usual) {
            return Err(wrong);
        }
        let secret = secret.parse().map_err(|_| wrong)?;
        let key = key.to_owned();
        Ok(Self { secret, key })
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidVariable, SecretKey, VariableName};

    #[test]
    fn what_the_cluster_sets_is_nobody_elses() {
        let taken = "PORT".parse::<VariableName>();
        assert_eq!(taken, Err(InvalidVariable::Taken("PORT")));
        assert!("PORTS".parse::<VariableName>().is_ok());
        for wrong in ["", "1A", "A-B", "A B", "A=B", "Ä"] {
            assert!(wrong.parse::<VariableName>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_named_with_one_of_its_keys() {
        let named: SecretKey = "keys.example/API_KEY".parse().unwrap();
        assert_eq!(
            (named.secret.as_str(), &*named.key),
            ("keys.example", "API_KEY")
        );
        for wrong in ["", "keys", "keys/", "/a", "Keys/a", "a/b/c", "a/b c"] {
            assert!(wrong.parse::<SecretKey>().is_err(), "{wrong}");
        }
    }
}
