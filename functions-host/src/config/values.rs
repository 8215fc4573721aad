//! From texts to values. What a text may be is all that an error says: the text itself
//! and where it stands are told by whoever asked.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use functions_core::config::{LogFormat, LogLevel};

use crate::tenant::TenantId;

/// A year. Clocks take it without overflowing.
const LONGEST: f64 = 31_536_000.0;

type Read<T> = Result<T, String>;

pub(super) fn address(text: &str) -> Read<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse()
        .map_err(|_| "an IP address, such as 0.0.0.0 or ::".to_owned())
}

pub(super) fn port(text: &str) -> Read<u16> {
    text.parse()
        .map_err(|_| "a whole number from 0 to 65535".to_owned())
}

pub(super) fn boolean(text: &str) -> Read<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("true or false".to_owned()),
    }
}

pub(super) fn tenant(text: &str) -> Read<TenantId> {
    text.parse()
        .map_err(|_| "1 to 128 letters, digits, `.`, `_` and `-`".to_owned())
}

pub(super) fn seconds(text: &str) -> Read<Duration> {
    let seconds = text.parse().ok();
    seconds
        .filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("seconds above 0, at most {LONGEST}; decimals are fine"))
}

pub(super) fn bytes(text: &str) -> Read<u64> {
    text.parse()
        .map_err(|_| "a whole number of bytes".to_owned())
}

pub(super) fn count(text: &str) -> Read<usize> {
    let count = text.parse().ok();
    count
        .filter(|count| *count > 0)
        .ok_or_else(|| "a whole number from 1".to_owned())
}

pub(super) fn log_level(text: &str) -> Read<LogLevel> {
    text.parse()
        .map_err(|_| "DEBUG, INFO, WARNING or ERROR, in any case".to_owned())
}

pub(super) fn log_format(text: &str) -> Read<LogFormat> {
    text.parse()
        .map_err(|_| "json, bunyan or text, in any case".to_owned())
}

pub(super) fn database(text: &str) -> Read<PathBuf> {
    let file = text.strip_prefix("sqlite:").unwrap_or_default();
    let file = file.strip_prefix("//").unwrap_or(file);
    // What SQLite's own URLs say behind it is how a file is opened, which is settled here.
    let file = file.split('?').next().unwrap_or_default();
    match file {
        "" | ":memory:" => Err("sqlite:// and the path of a file".to_owned()),
        file => Ok(file.into()),
    }
}

pub(super) fn folder(text: &str) -> Read<PathBuf> {
    match text.contains("://") {
        true => Err("the path of a folder".to_owned()),
        false => Ok(text.into()),
    }
}
