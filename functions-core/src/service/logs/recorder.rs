//! From what `tracing` hands over to fields that are written out.

use std::error::Error;
use std::fmt;

use tracing::field::{Field, Visit};

use super::fields::{Fields, Key};
use super::logger::Shape;

/// A value as `tracing` hands it over.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Str(&'a str),
    Debug(&'a dyn fmt::Debug),
    Error(&'a (dyn Error + 'static)),
    F64(f64),
    I64(i64),
    U64(u64),
    I128(i128),
    U128(u128),
    Bool(bool),
}

/// Writes out what an event or a span says.
pub(super) struct Recorder<'a, S> {
    pub(super) shape: &'a S,
    /// The names of what every line says.
    pub(super) names: &'a [&'static str],
    pub(super) fields: &'a mut Fields,
    /// Where the message of an event goes. A span has none: its is a field.
    pub(super) message: Option<&'a mut Vec<u8>>,
    /// Whether this is a record of the `log` crate, whose `log.…` fields are metadata.
    pub(super) is_log: bool,
}

impl<S: Shape> Recorder<'_, S> {
    fn put(&mut self, field: &Field, value: Value<'_>) {
        let name = field.name();
        let name = name.strip_prefix("r#").unwrap_or(name);
        if let ("message", Some(message)) = (name, &mut self.message) {
            message.clear();
            return self.shape.message(message, value);
        }
        if self.is_log && name.starts_with("log.") {
            return;
        }
        let is_renamed = matches!(name, "timestamp" | "level" | "message" | "target")
            || self.names.contains(&name);
        let key = Key { name, is_renamed };
        self.fields
            .push(key, |bytes| self.shape.field(bytes, key, value));
    }
}

impl<S: Shape> Visit for Recorder<'_, S> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::Debug(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::Str(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, Value::Error(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Value::F64(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::U64(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.put(field, Value::I128(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, Value::U128(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::Bool(value));
    }
}
