//! What a module may have beside its memory, a clock and random numbers: nothing that is
//! not in here.
//!
//! A value that is granted is a secret of whoever grants it. It is stored and it reaches
//! the guest; what a caller is told, what a log says and what an error says are names.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::fault::{At, Faults};
use super::values::kind;
use crate::egress::{HostPattern, InvalidPattern};
use crate::nearest::instead;

/// How many variables a module may have.
const VARIABLES: usize = 64;

/// The longest name of one, in bytes.
const NAME: usize = 128;

/// How many bytes the values may have together.
const VALUES: usize = 64 << 10;

/// How many hosts it may ask.
const HOSTS: usize = 32;

/// What a module is granted.
///
/// [`Serialize`] and [`Debug`](fmt::Debug) show the names of variables and never a value.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Grants {
    environment: BTreeMap<String, Secret>,
    http: Arc<[HostPattern]>,
}

/// A value that is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grants")
            .field("environment", &self.environment)
            .field("http", &self.http)
            .finish()
    }
}

impl Serialize for Grants {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names: Vec<_> = self.environment.keys().collect();
        let mut grants = serializer.serialize_struct("Grants", 2)?;
        grants.serialize_field("environment", &names)?;
        grants.serialize_field("http", &self.http_as_text())?;
        grants.end()
    }
}

impl Grants {
    const KEYS: [&str; 2] = ["environment", "http"];

    /// Whether nothing is granted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.environment.is_empty() && self.http.is_empty()
    }

    /// The variables: names and values.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let variables = self.environment.iter();
        variables
            .map(|(name, Secret(value))| (name.clone(), value.clone()))
            .collect()
    }

    /// The hosts that may be asked over HTTP.
    #[must_use]
    pub fn http(&self) -> Arc<[HostPattern]> {
        Arc::clone(&self.http)
    }

    fn http_as_text(&self) -> Vec<String> {
        self.http.iter().map(ToString::to_string).collect()
    }

    /// All of it, values too, as it is stored: JSON that [`merge`](Self::merge) reads.
    #[must_use]
    pub fn to_stored(&self) -> String {
        let variables = self.environment.iter();
        let variables: BTreeMap<_, _> = variables.map(|(name, value)| (name, &value.0)).collect();
        json!({"environment": variables, "http": self.http_as_text()}).to_string()
    }

    /// Grants what `value`, an object, says. In its `environment` are names and values,
    /// and `null` takes one away; its `http` is a list, in the place of the one before.
    /// `null` in the place of any of them takes all of it away. Nothing is changed where
    /// anything is wrong.
    ///
    /// # Errors
    /// It says what cannot be granted, or more than can be.
    pub fn merge(&mut self, value: &Value) -> Result<(), Faults> {
        let (mut faults, here) = (Faults::default(), At::top("grants"));
        let mut merged = self.clone();
        match value {
            Value::Null => merged = Self::default(),
            Value::Object(entries) => {
                for (key, value) in entries {
                    let at = here.at(key);
                    match &**key {
                        "environment" => merged.merge_environment(value, at, &mut faults),
                        "http" => merged.merge_http(value, at, &mut faults),
                        key => {
                            let what = format!("unknown key; {}", instead(key, &Self::KEYS));
                            faults.push(at.fault(what));
                        }
                    }
                }
            }
            value => faults.push(here.fault(format!("{} is no object", kind(value)))),
        }
        faults.none_or_these()?;
        *self = merged;
        Ok(())
    }

    fn merge_environment(&mut self, value: &Value, here: At<'_>, faults: &mut Faults) {
        match value {
            Value::Null => self.environment.clear(),
            Value::Object(variables) => {
                for (name, value) in variables {
                    if !faults.is_full() {
                        self.merge_variable(name, value, here, faults);
                    }
                }
            }
            value => {
                faults.push(here.fault(format!("{} is no object of names and values", kind(value))))
            }
        }
        let values = self.environment.values().map(|value| value.0.len());
        let bytes = values.fold(0, usize::saturating_add);
        if bytes > VALUES {
            faults.push(here.fault(format!(
                "the values have {bytes} bytes together; {VALUES} are allowed"
            )));
        }
        let count = self.environment.len();
        if count > VARIABLES {
            faults.push(here.fault(format!(
                "there are {count} variables; {VARIABLES} are allowed"
            )));
        }
    }

    fn merge_variable(&mut self, name: &str, value: &Value, here: At<'_>, faults: &mut Faults) {
        if !is_name(name) {
            // It may be a name with its value: neither is told.
            return faults.push(here.fault(format!(
                "a name has letters, digits and `_`, begins with no digit, and is at most \
                 {NAME} bytes long"
            )));
        }
        match value {
            Value::Null => {
                self.environment.remove(name);
            }
            Value::String(value) if value.contains('\0') => {
                faults.push(here.at(name).fault("a value cannot hold a NUL byte"));
            }
            Value::String(value) => {
                let value = Secret(value.clone());
                self.environment.insert(name.to_owned(), value);
            }
            value => faults.push(here.at(name).fault(format!("{} is no text", kind(value)))),
        }
    }

    fn merge_http(&mut self, value: &Value, here: At<'_>, faults: &mut Faults) {
        let patterns = match value {
            Value::Null => {
                self.http = Arc::default();
                return;
            }
            Value::Array(patterns) if patterns.len() <= HOSTS => patterns,
            Value::Array(patterns) => {
                let count = patterns.len();
                let what = format!("there are {count} hosts; {HOSTS} are allowed");
                return faults.push(here.fault(what));
            }
            value => {
                return faults.push(here.fault(format!("{} is no list of hosts", kind(value))));
            }
        };
        let mut hosts = Vec::with_capacity(patterns.len());
        for (number, pattern) in patterns.iter().enumerate() {
            let checked = match pattern {
                Value::String(pattern) => pattern
                    .parse()
                    .map_err(|error: InvalidPattern| error.to_string()),
                other => Err(format!("{} is no text", kind(other))),
            };
            match checked {
                Ok(pattern) => hosts.push(pattern),
                Err(what) => faults.push(here.at(&number.to_string()).fault(what)),
            }
        }
        self.http = hosts.into();
    }
}

fn is_name(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=NAME).contains(&name.len())
        && name.bytes().all(inside)
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Grants;

    fn grants(value: &serde_json::Value) -> Result<Grants, String> {
        let mut grants = Grants::default();
        let merged = grants.merge(value);
        merged.map(|()| grants).map_err(|faults| faults.to_string())
    }

    fn both() -> Grants {
        let both = json!({"environment": {"B": "hush-b", "A": "hush-a"}, "http": ["x.org"]});
        grants(&both).unwrap()
    }

    #[test]
    fn names_are_shown_and_values_are_not() {
        let shown = serde_json::to_string(&both()).unwrap();
        assert_eq!(shown, r#"{"environment":["A","B"],"http":["x.org"]}"#);
        let debug = format!("{:?}", both());
        assert!(
            debug.contains("\"A\"") && !debug.contains("hush"),
            "{debug}"
        );
        let values = both().environment();
        let a_and_b =
            ["A", "B"].map(|name| (name.to_owned(), format!("hush-{}", name.to_lowercase())));
        assert_eq!(values, a_and_b);
    }

    #[test]
    fn grants_are_the_same_after_they_were_stored() {
        let stored = serde_json::from_str(&both().to_stored()).unwrap();
        assert_eq!(grants(&stored).unwrap(), both());
    }

    #[test]
    fn one_variable_changes_without_the_others_being_said_again() {
        let mut grants = both();
        grants
            .merge(&json!({"environment": {"A": null, "C": "c"}}))
            .unwrap();
        let names = serde_json::to_value(&grants).unwrap();
        assert_eq!(names, json!({"environment": ["B", "C"], "http": ["x.org"]}));
        grants.merge(&json!({"http": ["*.y.org:1"]})).unwrap();
        assert_eq!(grants.http_as_text(), ["*.y.org:1"]);
        grants.merge(&json!({"environment": null})).unwrap();
        assert!(grants.environment().is_empty() && !grants.is_empty());
        grants.merge(&json!(null)).unwrap();
        assert!(grants.is_empty());
    }

    #[test]
    fn what_cannot_be_granted_is_told_with_its_place_and_without_its_value() {
        let many: Vec<_> = (0..33).map(|n| format!("h{n}")).collect();
        let names: serde_json::Map<_, _> = (0..65).map(|n| (format!("V{n}"), json!(""))).collect();
        for (wrong, said) in [
            (
                json!({"enviroment": {}}),
                "grants.enviroment: unknown key; did you mean `environment`?",
            ),
            (
                json!({"environment": ["hush"]}),
                "grants.environment: a list is no object",
            ),
            (
                json!({"environment": {"A": 1}}),
                "grants.environment.A: a number is no text",
            ),
            (
                json!({"environment": {"A": "hush\0"}}),
                "grants.environment.A: a value cannot hold a NUL",
            ),
            (
                json!({"environment": {"A=hush": ""}}),
                "grants.environment: a name has letters",
            ),
            (json!({"environment": {"": ""}}), "a name has letters"),
            (json!({"environment": {"1A": ""}}), "begins with no digit"),
            (
                json!({"environment": {"A": "hush".repeat(20_000)}}),
                "80000 bytes together",
            ),
            (
                json!({"environment": names}),
                "there are 65 variables; 64 are allowed",
            ),
            (json!({"http": many}), "there are 33 hosts; 32 are allowed"),
            (
                json!({"http": ["ok.org", "http://x"]}),
                "grants.http.1: `http://x` names no hosts",
            ),
            (json!({"http": [1]}), "grants.http.0: a number is no text"),
            (json!({"http": "x.org"}), "grants.http: a text is no list"),
            (json!("hush"), "grants: a text is no object"),
        ] {
            let complaint = grants(&wrong).unwrap_err();
            assert!(complaint.contains(said), "{said}: {complaint}");
            assert!(!complaint.contains("hush"), "{complaint}");
        }
    }
}
