//! The keys of a body that is a JSON object.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::invalid::Invalid;

/// Of a repeated key the last one counts, and unknown ones are passed over.
#[derive(Debug)]
pub(super) struct Keys<'a>(HashMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Keys<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Invalid> {
        let keys = serde_json::from_slice(body).map_err(|error| {
            let msg = format!("Input should be a JSON object: {error}");
            Invalid::wrong("json_invalid", &["body"], msg, None)
        })?;
        Ok(Self(keys))
    }

    /// The same of a body that may hold what is not to be given back: of what is wrong only
    /// the place is told.
    pub(super) fn read_hidden(body: &'a [u8]) -> Result<Self, Invalid> {
        let keys = serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let msg = format!("Input should be a JSON object; it is wrong at {line}:{column}");
            Invalid::wrong("json_invalid", &["body"], msg, None)
        })?;
        Ok(Self(keys))
    }

    /// All keys, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(AsRef::as_ref)
    }

    /// The value under a key, as it was written.
    pub(super) fn raw(&self, key: &str) -> Option<&'a str> {
        self.0.get(key).map(|raw| raw.get())
    }

    pub(super) fn required(&self, key: &'static str) -> Result<Cow<'a, str>, Invalid> {
        self.text(key)?
            .ok_or_else(|| Invalid::missing(&["body", key]))
    }

    pub(super) fn text(&self, key: &'static str) -> Result<Option<Cow<'a, str>>, Invalid> {
        #[derive(Deserialize)]
        struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

        let Some(raw) = self.raw(key) else {
            return Ok(None);
        };
        match serde_json::from_str::<Text<'a>>(raw) {
            Ok(Text(text)) => Ok(Some(text)),
            Err(_) => {
                let msg = "Input should be a valid string";
                Err(Invalid::wrong(
                    "string_type",
                    &["body", key],
                    msg,
                    Some(raw),
                ))
            }
        }
    }
}
