//! What is said of a module: its description, limits and grants, as they come in.
//!
//! At an upload each is a field of the form. Later a JSON object changes those that are in
//! it (RFC 7396, a merge patch), so that one granted value can be changed by somebody who
//! does not have the others.

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::invalid::Invalid;
use super::problem::Problem;
use crate::cut::cut;
use crate::modules::Terms;
use crate::nearest::instead;
use crate::policy::{Faults, Grants, LimitSet, Policy};

/// The longest description, in bytes.
pub(super) const DESCRIPTION: usize = 4096;

/// The longest text of limits, and of grants, in bytes.
pub(super) const LIMITS: usize = 4096;
pub(super) const GRANTS: usize = 128 << 10;

/// The longest text of all of them.
const PATCH: usize = DESCRIPTION * 2 + LIMITS + GRANTS;

/// How much of a key is told, in characters.
const SHOWN: usize = 100;

const KEYS: [&str; 3] = ["description", "limits", "grants"];

/// A description; nothing where it is empty.
pub(super) fn description(text: String) -> Result<Option<String>, Invalid> {
    let loc = ["body", "description"];
    if text.len() > DESCRIPTION {
        let msg = format!("Input should have at most {DESCRIPTION} bytes");
        return Err(Invalid::wrong("string_too_long", &loc, msg, None));
    }
    // Not every database can keep it.
    if text.contains('\0') {
        let msg = "Input should have no NUL character";
        return Err(Invalid::wrong("value_error", &loc, msg, None));
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Reads the limits of a form.
pub(super) fn limits(text: &str) -> Result<LimitSet, Invalid> {
    let mut limits = LimitSet::default();
    limits.merge(&json(text.as_bytes(), &["body", "limits"])?)?;
    Ok(limits)
}

/// Reads the grants of a form.
pub(super) fn grants(text: &str) -> Result<Grants, Invalid> {
    let mut grants = Grants::default();
    grants.merge(&json(text.as_bytes(), &["body", "grants"])?)?;
    Ok(grants)
}

/// What is said anew; what is `None` stays as it is.
#[derive(Clone, Default)]
pub(super) struct Patch {
    description: Option<Option<String>>,
    limits: Option<Value>,
    grants: Option<Value>,
}

impl Patch {
    pub(super) fn read(body: &[u8]) -> Result<Self, Problem> {
        if body.len() > PATCH {
            let detail = format!("The body is larger than the {PATCH} bytes that are allowed");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        let entries: Map<String, Value> = json(body, &["body"])?;
        let (mut patch, mut wrong) = (Self::default(), None);
        for (key, value) in entries {
            match &*key {
                "description" => match patched(value) {
                    Ok(description) => patch.description = Some(description),
                    Err(invalid) => wrong = Invalid::both(wrong, Some(invalid)),
                },
                "limits" => patch.limits = Some(value),
                "grants" => patch.grants = Some(value),
                key => {
                    let msg = format!("Unknown key; {}", instead(key, &KEYS));
                    // Told once: there may be as many as there are bytes.
                    let loc = ["body", &*cut(key, SHOWN)];
                    return Err(Invalid::wrong("extra_forbidden", &loc, msg, None).into());
                }
            }
        }
        wrong.map_or(Ok(patch), |wrong| Err(wrong.into()))
    }

    pub(super) fn changes_limits(&self) -> bool {
        self.limits.is_some()
    }

    /// Whether anything is granted; what is taken away is not.
    pub(super) fn grants(&self) -> bool {
        self.grants.as_ref().is_some_and(|grants| !grants.is_null())
    }

    pub(super) fn apply(self, terms: &mut Terms) -> Result<(), Invalid> {
        let limits = self.limits.map(|new| terms.limits.merge(&new));
        let grants = self.grants.map(|new| terms.grants.merge(&new));
        let wrong = |merged: Option<Result<(), Faults>>| merged?.err().map(Invalid::from);
        if let Some(description) = self.description {
            terms.description = description;
        }
        Invalid::both(wrong(limits), wrong(grants)).map_or(Ok(()), Err)
    }
}

/// Refuses grants where the operator wants none.
pub(super) fn allowed(policy: &Policy, grants: bool) -> Result<(), Problem> {
    match grants && !policy.allows_grants() {
        true => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "This host grants nothing to modules (FUNCTIONS_HOST_ALLOW_GRANTS is false)",
        )),
        false => Ok(()),
    }
}

fn patched(value: Value) -> Result<Option<String>, Invalid> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => description(text),
        _ => {
            let msg = "Input should be a valid string, or null";
            Err(Invalid::wrong(
                "string_type",
                &["body", "description"],
                msg,
                None,
            ))
        }
    }
}

/// What cannot be read is not given back: there may be secrets in it.
fn json<T: DeserializeOwned>(text: &[u8], loc: &[&str]) -> Result<T, Invalid> {
    serde_json::from_slice(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let msg = format!("Input should be a JSON object; it is wrong at {line}:{column}");
        Invalid::wrong("json_invalid", loc, msg, None)
    })
}
