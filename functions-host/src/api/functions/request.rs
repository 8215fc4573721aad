//! What is to be deployed, as callers write it.
//!
//! Everything that is wrong is told at once, each at its place. Neither code nor the value
//! of a variable is ever given back.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;

use super::options;
use crate::api::invalid::Invalid;
use crate::api::keys::Keys;
use crate::cut::cut;
use crate::knative::{Code, Kind, Options, What};
use crate::nearest::instead;

/// How much of a key is told, in characters.
const SHOWN: usize = 100;

/// The keys that all kinds have.
const OPTIONS: [&str; 7] = [
    "environment",
    "secrets",
    "resources",
    "scale",
    "concurrency",
    "timeout_seconds",
    "image_pull_secret",
];

/// Reads what is to be deployed, and with what.
pub(super) fn read(body: &[u8], kind: Kind) -> Result<(What, Options), Invalid> {
    let own = match kind {
        Kind::Python => ["function_name", "code"],
        Kind::Wasm => ["function_name", "image_url"],
        Kind::Server => ["deployment_id", "image"],
    };
    let mut fields = Fields::read(body)?;
    fields.only(&[&own[..], &OPTIONS].concat())?;
    let what = match kind {
        Kind::Python => {
            let (name, code) = (fields.required("function_name"), code(&mut fields));
            name.zip(code)
                .map(|(name, code)| What::Python { name, code })
        }
        Kind::Wasm => {
            let name = fields.required("function_name");
            let image = fields.required("image_url");
            name.zip(image)
                .map(|(name, image)| What::Wasm { name, image })
        }
        Kind::Server => {
            let (id, image) = (fields.required("deployment_id"), fields.required("image"));
            id.zip(image).map(|(id, image)| What::Server { id, image })
        }
    };
    let options = options::read(&mut fields);
    match (what, Invalid::all(fields.faults)) {
        (Some(what), None) => Ok((what, options)),
        (_, faults) => Err(faults.unwrap_or_default()),
    }
}

fn code(fields: &mut Fields<'_>) -> Option<Code> {
    let Some(raw) = fields.keys.raw("code") else {
        fields
            .faults
            .push(Some(Invalid::missing(&["body", "code"])));
        return None;
    };
    match serde_json::from_str::<String>(raw) {
        Ok(text) => match Code::new(text) {
            Ok(code) => return Some(code),
            Err(why) => fields.wrong(&["code"], why),
        },
        Err(_) => fields.wrong(&["code"], "Input should be a valid string"),
    }
    None
}

/// The keys of a body, and what is wrong with them.
pub(super) struct Fields<'a> {
    keys: Keys<'a>,
    faults: Vec<Option<Invalid>>,
}

impl<'a> Fields<'a> {
    fn read(body: &'a [u8]) -> Result<Self, Invalid> {
        let keys = Keys::read_hidden(body)?;
        let faults = Vec::new();
        Ok(Self { keys, faults })
    }

    /// A key that nobody knows is told once: there may be as many as there are bytes.
    fn only(&self, known: &[&str]) -> Result<(), Invalid> {
        let mut unknown = self.keys.names().filter(|key| !known.contains(key));
        match unknown.next() {
            None => Ok(()),
            Some(key) => {
                let msg = format!("Unknown key; {}", instead(key, known));
                let loc = ["body", &*cut(key, SHOWN)];
                Err(Invalid::wrong("extra_forbidden", &loc, msg, None))
            }
        }
    }

    /// Notes what is wrong in a place.
    pub(super) fn wrong<W: Display>(&mut self, at: &[&str], why: W) {
        let loc = [&["body"], at].concat();
        let fault = Invalid::wrong("value_error", &loc, why.to_string(), None);
        self.faults.push(Some(fault));
    }

    /// The text under a key that has to be there. `None` where something is wrong.
    fn required<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Option<T> {
        match self.keys.required(key) {
            Ok(text) => match text.parse() {
                Ok(value) => Some(value),
                Err(why) => {
                    let (loc, why) = (["body", key], why.to_string());
                    let fault = Invalid::wrong("value_error", &loc, why, Some(&text));
                    self.faults.push(Some(fault));
                    None
                }
            },
            Err(fault) => {
                self.faults.push(Some(fault));
                None
            }
        }
    }

    /// The value under a key, in a form of its own; `None` where it is not there, or wrong.
    pub(super) fn optional<T: DeserializeOwned>(
        &mut self,
        key: &'static str,
        expected: &str,
    ) -> Option<T> {
        let raw = self.keys.raw(key).filter(|raw| *raw != "null")?;
        match serde_json::from_str(raw) {
            Ok(value) => Some(value),
            Err(_) => {
                self.wrong(&[key], format_args!("Input should be {expected}"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
