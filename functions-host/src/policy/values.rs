//! Numbers of limits, as JSON has them. The numbers of a TOML file come the same way.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value;

use crate::cut::cut;

/// A year. Clocks take it without overflowing.
const LONGEST: f64 = 31_536_000.0;

/// How much of a value is shown, in characters.
const SHOWN: usize = 40;

/// A number, or nothing where the value is `null`.
type Read<T> = Result<Option<T>, String>;

pub(super) fn seconds(value: &Value) -> Read<Duration> {
    if value.is_null() {
        return Ok(None);
    }
    let seconds = value.as_f64();
    let seconds = seconds.filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match duration.filter(|duration| !duration.is_zero()) {
        Some(duration) => Ok(Some(duration)),
        None => Err(format!(
            "{} is no number of seconds above 0, at most {LONGEST}",
            shown(value)
        )),
    }
}

pub(super) fn whole(value: &Value, allowed: RangeInclusive<u64>) -> Read<u64> {
    if value.is_null() {
        return Ok(None);
    }
    let number = value.as_u64().filter(|number| allowed.contains(number));
    number.map(Some).ok_or_else(|| {
        let (least, most) = allowed.into_inner();
        format!("{} is no whole number from {least} to {most}", shown(value))
    })
}

pub(super) fn size(value: &Value, allowed: RangeInclusive<u64>) -> Read<usize> {
    let number = whole(value, allowed)?;
    let size = number.map(usize::try_from).transpose();
    size.map_err(|error| format!("{} is too large: {error}", shown(value)))
}

fn shown(value: &Value) -> String {
    cut(&value.to_string(), SHOWN).into_owned()
}

/// What a value is, where it is not to be shown.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
