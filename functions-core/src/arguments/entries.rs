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
    /// The key that was read last.
    key: Option<Cow<'a, str>>,
}

/// What is wrong with an object, and the path of the value it was found in.
#[doc(hidden)]
#[derive(Debug)]
pub struct Fault {
    pub(super) path: String,
    pub(super) message: String,
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Entries<'a> {
    /// The entries of `text`, which is an object.
    pub(super) fn of(text: &'a str) -> Result<Self, Fault> {
        let mut entries = Self {
            text,
            at: 0,
            key: None,
        };
        if entries.take(b'{') {
            Ok(entries)
        } else {
            Err(entries.fault("expected an object of arguments"))
        }
    }

    /// The key of the next entry, or `None` where there is no other.
    pub(super) fn key(&mut self) -> Result<Option<&str>, Fault> {
        let first = self.key.take().is_none();
        if self.take(b'}') {
            return match self.peek() {
                None => Ok(None),
                Some(_) => Err(self.fault("expected nothing after the object")),
            };
        }
        if !first && !self.take(b',') {
            return Err(self.fault("expected `,` or `}`"));
        }
        if self.peek() != Some(b'"') {
            return Err(self.fault("expected a name in quotes"));
        }
        let Key(key) = self.value()?;
        if self.take(b':') {
            Ok(Some(self.key.insert(key)))
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
            Some(Err(error)) => Err(self.fault_of(&error)),
            None => Err(self.fault("expected a value")),
        }
    }

    pub(super) fn skip(&mut self) -> Result<(), Fault> {
        self.value::<IgnoredAny>().map(drop)
    }

    pub(super) fn fault(&self, message: &str) -> Fault {
        Fault {
            path: self.path(),
            message: message.to_owned(),
        }
    }

    /// A fault in the value that comes next.
    fn fault_of(&self, error: &serde_json::Error) -> Fault {
        let mut message = error.to_string();
        let mut path = self.path();
        if let (Some(end), 1..) = (message.rfind(" at line "), error.line()) {
            message.truncate(end);
            let text = self.rest();
            let offset = path::offset(text, error.line(), error.column());
            path = path::at(path, text, offset);
        }
        Fault { path, message }
    }

    fn path(&self) -> String {
        let mut path = path::ROOT.to_owned();
        if let Some(key) = &self.key {
            path::push_key(&mut path, key);
        }
        path
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
