//! The entries of a JSON object, one at a time.
//!
//! serde could hand them out as well, but only to code that is generic over where
//! they come from. Here they always come from text, so a type has one reader,
//! which all functions share that take it; and the functions of a program cost its
//! compiler little more than their types do.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::path;

/// What is left of an object's entries.
#[doc(hidden)]
pub struct Entries<'a> {
    text: &'a str,
    at: usize,
    first: bool,
}

/// What is wrong with an object, and the byte it was found at.
#[doc(hidden)]
#[derive(Debug)]
pub struct Fault {
    pub(super) message: String,
    pub(super) at: usize,
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Entries<'a> {
    /// The entries of `text`, which is an object.
    pub(super) fn of(text: &'a str) -> Result<Self, Fault> {
        let mut entries = Self {
            text,
            at: 0,
            first: true,
        };
        if entries.take(b'{') {
            Ok(entries)
        } else {
            Err(entries.fault("expected an object of arguments"))
        }
    }

    /// The key of the next entry, or `None` where there is no other.
    pub(super) fn key(&mut self) -> Result<Option<Cow<'a, str>>, Fault> {
        if self.take(b'}') {
            return match self.peek() {
                None => Ok(None),
                Some(_) => Err(self.fault("expected nothing after the object")),
            };
        }
        if !self.first && !self.take(b',') {
            return Err(self.fault("expected `,` or `}`"));
        }
        self.first = false;
        if self.peek() != Some(b'"') {
            return Err(self.fault("expected a name in quotes"));
        }
        let Key(key) = self.value()?;
        if self.take(b':') {
            Ok(Some(key))
        } else {
            Err(self.fault("expected `:`"))
        }
    }

    /// The value of the entry whose key was read last.
    pub(super) fn value<T: Deserialize<'a>>(&mut self) -> Result<T, Fault> {
        let text = self.rest();
        let mut values = serde_json::Deserializer::from_str(text).into_iter();
        match values.next() {
            Some(Ok(value)) => {
                self.at += values.byte_offset();
                Ok(value)
            }
            Some(Err(error)) => Err(Fault::of(&error, text, self.at)),
            None => Err(self.fault("expected a value")),
        }
    }

    pub(super) fn skip(&mut self) -> Result<(), Fault> {
        self.value::<IgnoredAny>().map(drop)
    }

    pub(super) fn fault(&self, message: &str) -> Fault {
        Fault {
            message: message.to_owned(),
            at: self.at,
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&mut self) -> Option<u8> {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
        self.at += self.rest().bytes().take_while(blank).count();
        self.rest().bytes().next()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }
}

impl Fault {
    /// A fault in `text`, which begins at `start`.
    fn of(error: &serde_json::Error, text: &str, start: usize) -> Self {
        let mut message = error.to_string();
        let at = match message.rfind(" at line ") {
            Some(end) if error.line() > 0 => {
                message.truncate(end);
                path::offset(text, error.line(), error.column())
            }
            _ => 0,
        };
        Self {
            message,
            at: start + at,
        }
    }
}
