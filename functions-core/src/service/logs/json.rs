//! Lines as JSON. Valid whatever the fields hold.

use std::fmt::{self, Write as _};

use serde::Serialize;
use tracing::Level;

use super::clock::Clock;
use super::exc_info::write_chain;
use super::fields::{Gathered, Key};
use super::logger::{Head, Shape};
use super::recorder::Value;

#[derive(Debug)]
pub(super) struct Json {
    /// What every line says, written out: `,"name":"value"`.
    fixed: Vec<u8>,
}

impl Json {
    pub(super) fn new(fields: &[(&'static str, String)]) -> Self {
        let mut json = Self { fixed: Vec::new() };
        for (name, value) in fields {
            let key = Key {
                name,
                is_renamed: false,
            };
            let mut fixed = std::mem::take(&mut json.fixed);
            json.field(&mut fixed, key, Value::Str(value));
            json.fixed = fixed;
        }
        json
    }
}

impl Shape for Json {
    fn field(&self, out: &mut Vec<u8>, key: Key, value: Value<'_>) {
        out.extend_from_slice(b",\"");
        escape(out, key.name);
        out.extend_from_slice(if key.is_renamed { b"_\":" } else { b"\":" });
        match value {
            Value::Str(text) => string(out, text),
            Value::Debug(value) => quoted(out, |out| write!(out, "{value:?}")),
            Value::Error(error) => quoted(out, |out| write_chain(out, error)),
            Value::F64(number) => number_of(out, &number),
            Value::I64(number) => number_of(out, &number),
            Value::U64(number) => number_of(out, &number),
            Value::I128(number) => number_of(out, &number),
            Value::U128(number) => number_of(out, &number),
            Value::Bool(flag) => number_of(out, &flag),
        }
    }

    fn message(&self, out: &mut Vec<u8>, value: Value<'_>) {
        match value {
            Value::Str(text) => string(out, text),
            Value::Debug(value) => quoted(out, |out| write!(out, "{value:?}")),
            Value::Error(error) => quoted(out, |out| write_chain(out, error)),
            Value::F64(number) => quoted(out, |out| write!(out, "{number}")),
            Value::I64(number) => quoted(out, |out| write!(out, "{number}")),
            Value::U64(number) => quoted(out, |out| write!(out, "{number}")),
            Value::I128(number) => quoted(out, |out| write!(out, "{number}")),
            Value::U128(number) => quoted(out, |out| write!(out, "{number}")),
            Value::Bool(flag) => quoted(out, |out| write!(out, "{flag}")),
        }
    }

    fn line(&self, out: &mut Vec<u8>, head: &Head<'_>, clock: &mut Clock, fields: &Gathered) {
        out.extend_from_slice(b"{\"timestamp\":\"");
        out.extend_from_slice(clock.now());
        out.extend_from_slice(match head.level {
            Level::ERROR => b"\",\"level\":\"ERROR\",\"message\":",
            Level::WARN => b"\",\"level\":\"WARNING\",\"message\":",
            Level::INFO => b"\",\"level\":\"INFO\",\"message\":",
            Level::DEBUG | Level::TRACE => b"\",\"level\":\"DEBUG\",\"message\":",
        });
        match head.message {
            [] => out.extend_from_slice(b"\"\""),
            message => out.extend_from_slice(message),
        }
        out.extend_from_slice(b",\"target\":");
        string(out, head.target);
        out.extend_from_slice(&self.fixed);
        fields.write(out);
        out.extend_from_slice(b"}\n");
    }
}

/// A number or a flag. What JSON has no number for is `null`.
fn number_of(out: &mut Vec<u8>, value: &impl Serialize) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escape(out, text);
    out.push(b'"');
}

/// What `write` writes, as a string. Where that fails, up to there.
fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Escaping<'_>) -> fmt::Result) {
    out.push(b'"');
    let _ = write(&mut Escaping(out));
    out.push(b'"');
}

struct Escaping<'a>(&'a mut Vec<u8>);

impl fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(self.0, text);
        Ok(())
    }
}

fn escape(out: &mut Vec<u8>, text: &str) {
    if is_plain(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
    } else {
        escape_each(out, text);
    }
}

#[cold]
fn escape_each(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => {
                let digit = b"0123456789abcdef".get(usize::from(byte & 15));
                out.extend_from_slice(if byte < 16 { b"\\u000" } else { b"\\u001" });
                out.push(digit.copied().unwrap_or(b'0'));
            }
            _ => out.push(byte),
        }
    }
}

/// Whether there is nothing to escape. Looks at eight bytes at a time; the last eight
/// may have been looked at in part already.
fn is_plain(bytes: &[u8]) -> bool {
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    if let Some(last) = bytes.last_chunk() {
        let words = bytes.chunks_exact(8).filter_map(<[u8]>::first_chunk);
        return words.fold(escapes_in(word(last)), |found, next| {
            found | escapes_in(word(next))
        }) == 0;
    }
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some([a, b, c, d]), Some([e, f, g, h])) => {
            escapes_in(word(&[*a, *b, *c, *d, *e, *f, *g, *h])) == 0
        }
        _ => bytes
            .iter()
            .all(|byte| *byte >= 0x20 && *byte != b'"' && *byte != b'\\'),
    }
}

/// Not 0 where one of the eight bytes is to be escaped.
fn escapes_in(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word;
    let quotes = below(word ^ (ONES * u64::from(b'"')), 1);
    let backslashes = below(word ^ (ONES * u64::from(b'\\')), 1);
    (below(word, 0x20) | quotes | backslashes) & (ONES * 0x80)
}

#[cfg(test)]
mod tests {
    use super::{is_plain, string};
    use proptest::prelude::{any, proptest};

    #[test]
    fn a_byte_to_escape_is_found_wherever_it_stands_and_no_other() {
        for length in 0..40 {
            assert!(is_plain("a".repeat(length).as_bytes()));
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    let mut bytes = vec![b'a'; length];
                    bytes[at] = byte;
                    let is_escaped = byte < 0x20 || byte == b'"' || byte == b'\\';
                    assert_eq!(is_plain(&bytes), !is_escaped, "{byte} at {at} of {length}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_as_it_was(text in any::<String>(), at in 0..20_usize, control in 0..0x80_u8) {
            let mut text: String = text;
            let at = text.char_indices().map(|(i, _)| i).nth(at).unwrap_or(text.len());
            text.insert(at, char::from(control));
            let mut out = Vec::new();
            string(&mut out, &text);
            let read: String = serde_json::from_slice(&out).unwrap();
            assert_eq!(read, text);
        }
    }
}
