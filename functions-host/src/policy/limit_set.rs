//! Limits that somebody has set: for a tenant, or for a module.

use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::fault::{At, Faults};
use super::values::{kind, seconds, size, whole};
use crate::engine::Limits;
use crate::nearest::instead;

/// What a memory has at least, a page, and at most.
const MEMORY: std::ops::RangeInclusive<u64> = 65_536..=4 << 30;

/// Of fuel, of bytes and of lines: as much as a TOML file can say.
const MOST: u64 = i64::MAX.unsigned_abs();

/// What a table can have at most.
const TABLE: u64 = 1_000_000;

/// Some of the [`Limits`] of an execution. What is not set is as it would be without.
///
/// As JSON it is an object of those that are set:
/// `{"wall_clock_seconds": 2.5, "memory_bytes": 16777216}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LimitSet {
    /// [`Limits::wall_clock`]: `wall_clock_seconds`, above 0, at most a year.
    #[serde(
        rename = "wall_clock_seconds",
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_seconds"
    )]
    pub wall_clock: Option<Duration>,
    /// [`Limits::cpu_time`]: `cpu_time_seconds`, likewise.
    #[serde(
        rename = "cpu_time_seconds",
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_seconds"
    )]
    pub cpu_time: Option<Duration>,
    /// [`Limits::fuel`]: `fuel`, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// [`Limits::memory`]: `memory_bytes`, from a page of 65,536 to 4 GiB.
    #[serde(rename = "memory_bytes", skip_serializing_if = "Option::is_none")]
    pub memory: Option<usize>,
    /// [`Limits::table`]: `table_elements`, from 0 to a million.
    #[serde(rename = "table_elements", skip_serializing_if = "Option::is_none")]
    pub table: Option<usize>,
    /// [`Limits::output`]: `output_bytes`, from 1.
    #[serde(rename = "output_bytes", skip_serializing_if = "Option::is_none")]
    pub output: Option<usize>,
    /// [`Limits::log`]: `log_bytes`, from 0.
    #[serde(rename = "log_bytes", skip_serializing_if = "Option::is_none")]
    pub log: Option<usize>,
    /// [`Limits::log_lines`]: `log_lines`, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_lines: Option<usize>,
}

impl LimitSet {
    /// The names of the limits.
    pub(super) const KEYS: [&str; 8] = [
        "wall_clock_seconds",
        "cpu_time_seconds",
        "fuel",
        "memory_bytes",
        "table_elements",
        "output_bytes",
        "log_bytes",
        "log_lines",
    ];

    /// Sets what `value`, an object, says; `null` in it takes a limit away, and in its
    /// place all of them. Nothing is set where anything is wrong.
    ///
    /// # Errors
    /// It says what no limit is, or what a limit cannot be.
    pub fn merge(&mut self, value: &Value) -> Result<(), Faults> {
        let (mut faults, here) = (Faults::default(), At::top("limits"));
        let mut merged = match value {
            Value::Null => Self::default(),
            _ => self.clone(),
        };
        match value {
            Value::Null => {}
            Value::Object(entries) => {
                for (key, value) in entries {
                    if faults.is_full() {
                        break;
                    }
                    match merged.set(key, value) {
                        Some(Ok(())) => {}
                        Some(Err(wrong)) => faults.push(here.at(key).fault(wrong)),
                        None => {
                            let what = format!("unknown key; {}", instead(key, &Self::KEYS));
                            faults.push(here.at(key).fault(what));
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

    /// Sets one limit; `None` where there is none of this name.
    pub(super) fn set(&mut self, key: &str, value: &Value) -> Option<Result<(), String>> {
        fn put<T>(place: &mut T, read: Result<T, String>) -> Option<Result<(), String>> {
            Some(read.map(|read| *place = read))
        }
        match key {
            "wall_clock_seconds" => put(&mut self.wall_clock, seconds(value)),
            "cpu_time_seconds" => put(&mut self.cpu_time, seconds(value)),
            "fuel" => put(&mut self.fuel, whole(value, 1..=MOST)),
            "memory_bytes" => put(&mut self.memory, size(value, MEMORY)),
            "table_elements" => put(&mut self.table, size(value, 0..=TABLE)),
            "output_bytes" => put(&mut self.output, size(value, 1..=MOST)),
            "log_bytes" => put(&mut self.log, size(value, 0..=MOST)),
            "log_lines" => put(&mut self.log_lines, size(value, 0..=MOST)),
            _ => None,
        }
    }

    /// The same, with what `base` sets where nothing is set here.
    pub(super) fn over(&self, base: &Self) -> Self {
        Self {
            wall_clock: self.wall_clock.or(base.wall_clock),
            cpu_time: self.cpu_time.or(base.cpu_time),
            fuel: self.fuel.or(base.fuel),
            memory: self.memory.or(base.memory),
            table: self.table.or(base.table),
            output: self.output.or(base.output),
            log: self.log.or(base.log),
            log_lines: self.log_lines.or(base.log_lines),
        }
    }

    /// Puts what is set in the place of what was.
    pub(super) fn replace(&self, limits: &mut Limits) {
        self.put(limits, false);
        limits.fuel = self.fuel.or(limits.fuel);
    }

    /// Lowers what is higher than what is set.
    pub(super) fn lower(&self, limits: &mut Limits) {
        self.put(limits, true);
        // No bound on it is the highest there is.
        let fuel = [self.fuel, limits.fuel];
        limits.fuel = fuel.into_iter().flatten().min();
    }

    /// All but fuel, the only limit that need not be there.
    fn put(&self, limits: &mut Limits, lowers_only: bool) {
        fn put<T: Copy + Ord>(limit: &mut T, set: Option<T>, lowers_only: bool) {
            match set {
                Some(set) if lowers_only => *limit = set.min(*limit),
                Some(set) => *limit = set,
                None => {}
            }
        }
        put(&mut limits.wall_clock, self.wall_clock, lowers_only);
        put(&mut limits.cpu_time, self.cpu_time, lowers_only);
        put(&mut limits.memory, self.memory, lowers_only);
        put(&mut limits.table, self.table, lowers_only);
        put(&mut limits.output, self.output, lowers_only);
        put(&mut limits.log, self.log, lowers_only);
        put(&mut limits.log_lines, self.log_lines, lowers_only);
    }
}

fn as_seconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_some(&time.map(|time| time.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::LimitSet;
    use crate::engine::Limits;

    fn set(value: &serde_json::Value) -> Result<LimitSet, String> {
        let mut set = LimitSet::default();
        let merged = set.merge(value);
        merged.map(|()| set).map_err(|faults| faults.to_string())
    }

    #[test]
    fn every_limit_has_a_name_and_is_told_as_it_was_set() {
        let all = json!({
            "wall_clock_seconds": 0.25, "cpu_time_seconds": 3.0, "fuel": 1, "memory_bytes": 65536,
            "table_elements": 0, "output_bytes": 1, "log_bytes": 0, "log_lines": 7,
        });
        assert_eq!(all.as_object().unwrap().len(), LimitSet::KEYS.len());
        assert_eq!(serde_json::to_value(set(&all).unwrap()).unwrap(), all);
        assert_eq!(
            serde_json::to_value(LimitSet::default()).unwrap(),
            json!({})
        );
    }

    #[test]
    fn what_is_merged_changes_what_it_names_and_null_takes_away() {
        let mut limits = set(&json!({"fuel": 5, "log_lines": 5})).unwrap();
        limits
            .merge(&json!({"fuel": null, "log_bytes": 5}))
            .unwrap();
        assert_eq!(
            limits,
            set(&json!({"log_lines": 5, "log_bytes": 5})).unwrap()
        );
        limits.merge(&json!({})).unwrap();
        assert_eq!(limits.log, Some(5));
        limits.merge(&json!(null)).unwrap();
        assert_eq!(limits, LimitSet::default());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_changes_nothing() {
        for (wrong, said) in [
            (
                json!({"memroy_bytes": 1}),
                "limits.memroy_bytes: unknown key; did you mean `memory_bytes`?",
            ),
            (
                json!({"memory_bytes": 1}),
                "limits.memory_bytes: 1 is no whole number from 65536 to 4294967296",
            ),
            (json!({"fuel": -1}), "-1 is no whole number from 1"),
            (json!({"fuel": 1.5}), "1.5 is no whole number"),
            (
                json!({"cpu_time_seconds": 0}),
                "0 is no number of seconds above 0",
            ),
            (
                json!({"cpu_time_seconds": "1"}),
                "\"1\" is no number of seconds",
            ),
            (json!({"wall_clock_seconds": 1e300}), "at most 31536000"),
            (json!([]), "limits: a list is no object"),
        ] {
            let complaint = set(&wrong).unwrap_err();
            assert!(complaint.contains(said), "{wrong}: {complaint}");
        }
        let mut limits = set(&json!({"fuel": 5})).unwrap();
        limits.merge(&json!({"fuel": 6, "x": 1})).unwrap_err();
        assert_eq!(limits.fuel, Some(5));
        let many: serde_json::Map<_, _> = (0..1000).map(|n| (format!("k{n}"), json!(1))).collect();
        let complaint = set(&many.into()).unwrap_err();
        assert_eq!(complaint.matches("unknown key").count(), 20);
    }

    #[test]
    fn a_lower_limit_counts_and_a_higher_one_does_not() {
        let mut limits = Limits::default();
        let (cpu_time, memory) = (limits.cpu_time, limits.memory);
        let own = set(&json!({"cpu_time_seconds": 9999, "output_bytes": 1, "fuel": 10})).unwrap();
        own.lower(&mut limits);
        assert_eq!((limits.cpu_time, limits.memory), (cpu_time, memory));
        assert_eq!((limits.output, limits.fuel), (1, Some(10)));
        set(&json!({"fuel": 11})).unwrap().lower(&mut limits);
        assert_eq!(limits.fuel, Some(10));
        own.replace(&mut limits);
        assert_eq!(limits.cpu_time.as_secs(), 9999);
    }
}
