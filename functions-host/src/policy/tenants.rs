//! The file of tenants: what they may take, all of them and some by name.
//!
//! It is TOML. A key that is unknown is an error, since a limit that is misspelt is a
//! limit that is not there.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::fault::{At, Faults};
use super::limit_set::LimitSet;
use super::values::{kind, size};
use crate::nearest::instead;
use crate::tenant::TenantId;

/// As many of anything as can be set.
const MOST: u64 = 1_000_000_000;

/// What a tenant may take, as far as it is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allowance {
    /// The limits of each execution.
    pub limits: LimitSet,
    /// How many executions run at once: `max_executions`, from 1.
    pub max_executions: Option<usize>,
    /// How many more wait for their turn: `max_waiting`, from 0.
    pub max_waiting: Option<usize>,
    /// How many requests wait on the bus: `max_backlog`, from 1.
    pub max_backlog: Option<usize>,
}

/// Why the file of tenants cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TenantsError {
    /// It cannot be read.
    #[error("the file of tenants, {}, cannot be read: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no TOML.
    #[error("the file of tenants, {}, is no TOML in line {line}: {what}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// It says what cannot be.
    #[error("the file of tenants, {}, cannot be used: {faults}", path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        faults: Faults,
    },
}

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct Tenants {
    pub(super) default: Allowance,
    pub(super) named: HashMap<TenantId, Allowance>,
}

const TABLES: [&str; 2] = ["default", "tenant"];

pub(super) fn read(file: &Path) -> Result<Tenants, TenantsError> {
    let path = || file.to_owned();
    let text = std::fs::read_to_string(file).map_err(|source| TenantsError::Unreadable {
        path: path(),
        source,
    })?;
    let tables = toml::from_str(&text).map_err(|error: toml::de::Error| {
        let begin = error.span().map_or(0, |span| span.start);
        let before = text.get(..begin).unwrap_or_default();
        TenantsError::Malformed {
            path: path(),
            line: before.matches('\n').count().saturating_add(1),
            what: error.message().replace('\n', ", "),
        }
    })?;
    understand(&tables).map_err(|faults| TenantsError::Wrong {
        path: path(),
        faults,
    })
}

fn understand(tables: &Map<String, Value>) -> Result<Tenants, Faults> {
    let (mut tenants, mut faults) = (Tenants::default(), Faults::default());
    for (name, value) in tables {
        let here = At::top(name);
        match (&**name, value) {
            ("default", table) => tenants.default = Allowance::read(table, here, &mut faults),
            ("tenant", Value::Object(named)) => {
                for (name, table) in named {
                    let here = here.at(name);
                    let allowance = Allowance::read(table, here, &mut faults);
                    match name.parse() {
                        Ok(tenant) => _ = tenants.named.insert(tenant, allowance),
                        Err(error) => faults.push(here.fault(format!("{error}"))),
                    }
                }
            }
            ("tenant", _) => faults.push(here.fault("tables are needed, such as [tenant.acme]")),
            (name, _) => {
                let what = format!("unknown table; {}", instead(name, &TABLES));
                faults.push(here.fault(what));
            }
        }
    }
    faults.none_or_these()?;
    Ok(tenants)
}

impl Allowance {
    const KEYS: [&str; 3] = ["max_executions", "max_waiting", "max_backlog"];

    /// The same, with what `base` says where nothing is said here.
    pub(super) fn over(&self, base: &Self) -> Self {
        Self {
            limits: self.limits.over(&base.limits),
            max_executions: self.max_executions.or(base.max_executions),
            max_waiting: self.max_waiting.or(base.max_waiting),
            max_backlog: self.max_backlog.or(base.max_backlog),
        }
    }

    fn read(table: &Value, here: At<'_>, faults: &mut Faults) -> Self {
        let mut allowance = Self::default();
        let Value::Object(table) = table else {
            faults.push(here.fault(format!("{} is no table", kind(table))));
            return allowance;
        };
        for (key, value) in table {
            let at = here.at(key);
            let set = match value {
                // What TOML calls a number and JSON does not.
                Value::Null => Some(Err("infinity and the like are no limits".to_owned())),
                value => allowance.set(key, value),
            };
            match set {
                Some(Ok(())) => {}
                Some(Err(wrong)) => faults.push(at.fault(wrong)),
                None => {
                    let known = [&LimitSet::KEYS[..], &Self::KEYS].concat();
                    let what = format!("unknown key; {}", instead(key, &known));
                    faults.push(at.fault(what));
                }
            }
        }
        allowance
    }

    fn set(&mut self, key: &str, value: &Value) -> Option<Result<(), String>> {
        let (place, least) = match key {
            "max_executions" => (&mut self.max_executions, 1),
            "max_waiting" => (&mut self.max_waiting, 0),
            "max_backlog" => (&mut self.max_backlog, 1),
            limit => return self.limits.set(limit, value),
        };
        Some(size(value, least..=MOST).map(|set| *place = set))
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    fn complaint(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.toml");
        std::fs::write(&file, text).unwrap();
        let complaint = read(&file).unwrap_err().to_string();
        assert!(
            complaint.contains("t.toml") && !complaint.contains('\n'),
            "{complaint}"
        );
        complaint
    }

    #[test]
    fn what_is_wrong_is_told_in_one_line_with_its_place_and_what_would_be_right() {
        for (text, said) in [
            (
                "[tenant.acme]\nmemroy_bytes = 1",
                "tenant.acme.memroy_bytes: unknown key; did you mean `memory_bytes`?",
            ),
            (
                "[tenant.acme]\nmax_execution = 1",
                "tenant.acme.max_execution: unknown key; did you mean `max_executions`?",
            ),
            (
                "[tenants.acme]",
                "tenants: unknown table; did you mean `tenant`?",
            ),
            (
                "[default]\nmax_executions = 0",
                "default.max_executions: 0 is no whole number from 1",
            ),
            (
                "[default]\ncpu_time_seconds = inf",
                "default.cpu_time_seconds: infinity",
            ),
            (
                "[default]\ncpu_time_seconds = nan",
                "default.cpu_time_seconds: infinity",
            ),
            ("[default]\nlog_lines = 1979-05-27", "default.log_lines: "),
            ("[default]\nfuel = -5", "-5 is no whole number"),
            ("[tenant.\"a b\"]", "tenant.a b: a tenant's name holds ' '"),
            ("tenant = 5", "tenant: tables are needed"),
            ("[tenant]\nacme = 5", "tenant.acme: a number is no table"),
            ("default = 5", "default: a number is no table"),
            ("[default]\n\n[default", "is no TOML in line 3"),
            ("[default]\nfuel = 1\nfuel = 2", "is no TOML in line 3"),
        ] {
            let complaint = complaint(text);
            assert!(complaint.contains(said), "{text}: {complaint}");
        }
        let both = complaint("[default]\nx = 1\n[tenant.a]\ny = 1");
        assert!(
            both.contains("default.x") && both.contains("tenant.a.y"),
            "{both}"
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let complaint = read("/nowhere/t.toml".as_ref()).unwrap_err().to_string();
        assert!(complaint.contains("/nowhere/t.toml"), "{complaint}");
    }

    #[test]
    fn an_empty_file_says_nothing_of_anybody() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.toml");
        std::fs::write(&file, "").unwrap();
        let tenants = read(&file).unwrap();
        assert!(tenants.named.is_empty());
        assert_eq!(tenants.default, super::Allowance::default());
    }
}
