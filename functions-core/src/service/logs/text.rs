//! Lines for people: time, level, where it comes from, the message, the fields.
//!
//! What a line says stays on its line, except for values that have lines of their
//! own: those follow below, indented, so that nothing in them can be taken for a line
//! of the log. Control characters are shown and not sent to the terminal.

use std::fmt::{self, Write as _};

use tracing::Level;

use super::clock::Clock;
use super::exc_info::write_chain;
use super::fields::{Gathered, Key};
use super::logger::{Head, Shape};
use super::recorder::Value;

const INDENT: &str = "\n    ";

#[derive(Debug)]
pub(super) struct Text {
    has_colours: bool,
}

impl Text {
    pub(super) fn new(has_colours: bool) -> Self {
        Self { has_colours }
    }

    fn coloured(&self, out: &mut Vec<u8>, colour: &str, write: impl FnOnce(&mut Vec<u8>)) {
        if self.has_colours {
            out.extend_from_slice(colour.as_bytes());
        }
        write(out);
        if self.has_colours {
            out.extend_from_slice(RESET.as_bytes());
        }
    }
}

const RESET: &str = "\x1b[0m";
const DIM: &str = "\x1b[2m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const BLUE: &str = "\x1b[34m";

impl Shape for Text {
    fn field(&self, out: &mut Vec<u8>, key: Key, value: Value<'_>) {
        let mut text = Shown(String::new());
        let is_quoted = match value {
            Value::Str(text) => needs_quotes(text),
            _ => false,
        };
        // What a value cannot say of itself is left out.
        let _ = write_value(&mut text, value);
        let Shown(text) = text;
        let is_block = text.contains('\n');
        out.extend_from_slice(if is_block { INDENT } else { " " }.as_bytes());
        self.coloured(out, DIM, |out| {
            let _ = Shown::into(out, key.name);
            out.extend_from_slice(if key.is_renamed { b"_" } else { b"" });
            out.push(if is_block { b':' } else { b'=' });
        });
        if is_block {
            for line in text.lines() {
                out.extend_from_slice(INDENT.as_bytes());
                out.extend_from_slice(b"    ");
                out.extend_from_slice(line.as_bytes());
            }
        } else if is_quoted {
            out.extend_from_slice(format!("{text:?}").as_bytes());
        } else {
            out.extend_from_slice(text.as_bytes());
        }
    }

    fn message(&self, out: &mut Vec<u8>, value: Value<'_>) {
        let mut text = Shown(String::new());
        let _ = write_value(&mut text, value);
        out.extend_from_slice(text.0.trim_end().replace('\n', INDENT).as_bytes());
    }

    fn line(&self, out: &mut Vec<u8>, head: &Head<'_>, clock: &mut Clock, fields: &Gathered) {
        self.coloured(out, DIM, |out| out.extend_from_slice(clock.now()));
        let (colour, level) = match head.level {
            Level::ERROR => (RED, "   ERROR"),
            Level::WARN => (YELLOW, " WARNING"),
            Level::INFO => (GREEN, "    INFO"),
            Level::DEBUG | Level::TRACE => (BLUE, "   DEBUG"),
        };
        self.coloured(out, colour, |out| out.extend_from_slice(level.as_bytes()));
        out.push(b' ');
        self.coloured(out, DIM, |out| {
            let _ = Shown::into(out, head.target);
            out.push(b':');
        });
        out.push(b' ');
        out.extend_from_slice(head.message);
        let is_block = |piece: &&[u8]| piece.starts_with(b"\n");
        for piece in fields.pieces().filter(|piece| !is_block(piece)) {
            out.extend_from_slice(piece);
        }
        for piece in fields.pieces().filter(is_block) {
            out.extend_from_slice(piece);
        }
        out.push(b'\n');
    }
}

fn needs_quotes(text: &str) -> bool {
    let is_special = |c: char| c.is_whitespace() || c == '"' || c == '=';
    text.is_empty() || text.contains(is_special)
}

fn write_value(out: &mut Shown, value: Value<'_>) -> fmt::Result {
    match value {
        Value::Str(text) => out.write_str(text),
        Value::Debug(value) => write!(out, "{value:?}"),
        Value::Error(error) => write_chain(out, error),
        Value::F64(number) => write!(out, "{number}"),
        Value::I64(number) => write!(out, "{number}"),
        Value::U64(number) => write!(out, "{number}"),
        Value::I128(number) => write!(out, "{number}"),
        Value::U128(number) => write!(out, "{number}"),
        Value::Bool(flag) => write!(out, "{flag}"),
    }
}

/// Text that does nothing to a terminal. Ends of lines stay.
struct Shown(String);

impl Shown {
    fn into(out: &mut Vec<u8>, text: &str) -> fmt::Result {
        let mut shown = Self(String::new());
        shown.write_str(text)?;
        out.extend_from_slice(shown.0.replace('\n', "\\n").as_bytes());
        Ok(())
    }
}

impl fmt::Write for Shown {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '\n' | '\t' => self.0.push(character),
                '\r' => {}
                _ if character.is_control() => self.0.extend(character.escape_unicode()),
                _ => self.0.push(character),
            }
        }
        Ok(())
    }
}
