//! The kinds of values that variables hold, and their bounds.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use super::error::Fault;
use super::{Config, Layer, rows};

/// A year. Clocks take it without overflowing.
const LONGEST: Duration = Duration::from_secs(31_536_000);

const HOUR: Duration = Duration::from_secs(3600);

/// What AMQP's names hold, in bytes.
const SHORT: usize = 255;

/// What every JSON number can hold; more than any machine has.
const LARGEST: u64 = (1 << 53) - 1;

/// The least level that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum LogLevel {
    /// Everything, the finest steps too.
    Trace,
    /// What helps to find a mistake.
    Debug,
    /// What happens in the normal course.
    Info,
    /// What should be looked at.
    Warning,
    /// What went wrong.
    Error,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// One JSON object a line, in Bunyan's words.
    Bunyan,
    /// Text for people.
    Text,
}

/// A word that is none of those allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is none of the words allowed here")]
pub struct UnknownWord(String);

impl UnknownWord {
    pub(super) fn new(word: &str) -> Self {
        Self(word.to_owned())
    }
}

impl FromStr for LogLevel {
    type Err = UnknownWord;

    /// Reads the name of a level, in any case; `WARN` and `CRITICAL` are known too.
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word.trim().to_ascii_uppercase().as_str() {
            "TRACE" => Ok(Self::Trace),
            "DEBUG" => Ok(Self::Debug),
            "INFO" => Ok(Self::Info),
            "WARNING" | "WARN" => Ok(Self::Warning),
            "ERROR" | "CRITICAL" => Ok(Self::Error),
            _ => Err(UnknownWord::new(word)),
        }
    }
}

impl From<LogLevel> for tracing::Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Trace => Self::TRACE,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Info => Self::INFO,
            LogLevel::Warning => Self::WARN,
            LogLevel::Error => Self::ERROR,
        }
    }
}

impl FromStr for LogFormat {
    type Err = UnknownWord;

    /// Reads the name of a format, in any case.
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word.trim().to_ascii_lowercase().as_str() {
            "json" => Ok(Self::Json),
            "bunyan" => Ok(Self::Bunyan),
            "text" => Ok(Self::Text),
            _ => Err(UnknownWord::new(word)),
        }
    }
}

impl TryFrom<String> for LogLevel {
    type Error = UnknownWord;

    fn try_from(word: String) -> Result<Self, UnknownWord> {
        word.parse()
    }
}

impl TryFrom<String> for LogFormat {
    type Error = UnknownWord;

    fn try_from(word: String) -> Result<Self, UnknownWord> {
        word.parse()
    }
}

pub(super) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    Duration::try_from_secs_f64(seconds).map_err(de::Error::custom)
}

/// The value is not within its bounds.
pub(super) struct OutOfBounds;

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of bounds")
    }
}

fn require(holds: bool) -> Result<(), OutOfBounds> {
    if holds { Ok(()) } else { Err(OutOfBounds) }
}

pub(super) fn is_span(span: &Duration) -> Result<(), OutOfBounds> {
    require(*span <= LONGEST)
}

pub(super) fn is_deadline(span: &Duration) -> Result<(), OutOfBounds> {
    require(!span.is_zero() && *span <= LONGEST)
}

pub(super) fn is_interval(span: &Duration) -> Result<(), OutOfBounds> {
    require((Duration::from_secs(1)..=HOUR).contains(span))
}

pub(super) fn is_hour_at_most(span: &Duration) -> Result<(), OutOfBounds> {
    require(!span.is_zero() && *span <= HOUR)
}

pub(super) fn is_heartbeat(seconds: &u16) -> Result<(), OutOfBounds> {
    require((1..=3600).contains(seconds))
}

pub(super) fn is_port(port: &u16) -> Result<(), OutOfBounds> {
    require(*port > 0)
}

#[expect(
    clippy::ptr_arg,
    reason = "a check takes a reference to the field's type"
)]
pub(super) fn is_short(text: &String) -> Result<(), OutOfBounds> {
    require(text.len() <= SHORT)
}

pub(super) fn is_size(bytes: &usize) -> Result<(), OutOfBounds> {
    require((1..=LARGEST).contains(&(*bytes as u64)))
}

pub(super) fn is_header_size(bytes: &usize) -> Result<(), OutOfBounds> {
    require((8 * 1024..=16 * 1024 * 1024).contains(bytes))
}

pub(super) fn is_count(count: &usize) -> Result<(), OutOfBounds> {
    require(*count > 0).and_then(|()| is_count_or_none(count))
}

pub(super) fn is_count_or_none(count: &usize) -> Result<(), OutOfBounds> {
    require(u32::try_from(*count).is_ok())
}

pub(super) fn is_thread_count(count: &usize) -> Result<(), OutOfBounds> {
    require((1..=1024).contains(count))
}

#[expect(
    clippy::ptr_arg,
    reason = "a check takes a reference to the field's type"
)]
pub(super) fn is_host(host: &String) -> Result<(), OutOfBounds> {
    require(host.parse::<IpAddr>().is_ok() || is_host_name(host))
}

pub(super) fn is_host_name(name: &str) -> bool {
    (1..=253).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

/// The bounds hold for what is set in code as well, and are told with the rest.
pub(super) fn faults_of_code(code: &Layer) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut check = |field: &'static str, given: Option<(String, Result<(), OutOfBounds>)>| {
        if let Some((value, Err(OutOfBounds))) = given {
            let rows = rows::of::<Config>();
            let row = rows.iter().find(|row| row.path.join(".") == field);
            let allowed = row.map_or(String::new(), |row| row.allowed.replace('`', ""));
            faults.push(Fault::Code {
                field,
                value,
                allowed,
            });
        }
    };
    check("host", given(&code.host, is_host));
    check("timeout", given(&code.timeout, is_deadline));
    check("max_timeout", given(&code.max_timeout, is_deadline));
    check("max_body_bytes", given(&code.max_body_bytes, is_size));
    check(
        "max_header_bytes",
        given(&code.max_header_bytes, is_header_size),
    );
    check("header_timeout", given(&code.header_timeout, is_deadline));
    check("body_timeout", given(&code.body_timeout, is_deadline));
    check("max_connections", given(&code.max_connections, is_count));
    check("max_concurrency", given(&code.max_concurrency, is_count));
    check("max_queue", given(&code.max_queue, is_count_or_none));
    check("shutdown_delay", given(&code.shutdown_delay, is_span));
    check("shutdown_timeout", given(&code.shutdown_timeout, is_span));
    check("workers", given(&code.workers, is_thread_count));
    let broker = &code.rabbitmq;
    check("rabbitmq.hostname", given(&broker.hostname, is_host));
    check("rabbitmq.port", given(&broker.port, is_port));
    check("rabbitmq.vhost", given(&broker.vhost, is_short));
    check("rabbitmq.exchange", given(&broker.exchange, is_short));
    check("rabbitmq.heartbeat", given(&broker.heartbeat, is_heartbeat));
    let events = &code.events;
    check(
        "events.health_check_interval",
        given(&events.health_check_interval, is_interval),
    );
    check(
        "events.connection_timeout",
        given(&events.connection_timeout, is_hour_at_most),
    );
    check(
        "events.max_retries",
        given(&events.max_retries, is_count_or_none),
    );
    check(
        "events.retry_delay",
        given(&events.retry_delay, is_hour_at_most),
    );
    for (field, key) in [
        ("events.routing_key_started", &events.routing_key_started),
        ("events.routing_key_healthy", &events.routing_key_healthy),
        ("events.routing_key_stopped", &events.routing_key_stopped),
    ] {
        check(field, given(key, is_short));
    }
    faults
}

fn given<T: fmt::Debug>(
    value: &Option<T>,
    check: fn(&T) -> Result<(), OutOfBounds>,
) -> Option<(String, Result<(), OutOfBounds>)> {
    let value = value.as_ref()?;
    Some((format!("{value:?}"), check(value)))
}
