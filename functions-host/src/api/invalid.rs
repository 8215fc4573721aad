//! Requests that are not what they should be: 422, with every fault and its place.

use axum::response::{IntoResponse, Response};
use functions_core::service::detail::json;
use http::StatusCode;
use serde::Serialize;

use crate::knative::Cause;
use crate::policy::Faults;

/// The longest part of a request that is given back, in bytes.
const LONGEST_INPUT: usize = 1024;

/// Everything that is wrong with a request.
#[derive(Debug, Default, Serialize)]
pub(super) struct Invalid {
    detail: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct Wrong {
    r#type: &'static str,
    loc: Vec<String>,
    msg: String,
    input: Option<String>,
}

impl Invalid {
    pub(super) fn missing(loc: &[&str]) -> Self {
        Self::wrong("missing", loc, "Field required", None)
    }

    /// `input` is what was sent; what is too long to be given back is told by its length.
    pub(super) fn wrong(
        r#type: &'static str,
        loc: &[&str],
        msg: impl Into<String>,
        input: Option<&str>,
    ) -> Self {
        let input = input.map(|input| match input.len() {
            0..=LONGEST_INPUT => input.to_owned(),
            length => format!("({length} bytes)"),
        });
        let wrong = Wrong {
            r#type,
            loc: loc.iter().map(|&part| part.to_owned()).collect(),
            msg: msg.into(),
            input,
        };
        Self {
            detail: vec![wrong],
        }
    }

    /// What is wrong with both; `None` where nothing is.
    pub(super) fn both(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        Self::all([one, other])
    }

    /// What is wrong with all of them; `None` where nothing is.
    pub(super) fn all(faults: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        let mut faults = faults.into_iter().flatten();
        let mut all = faults.next()?;
        all.detail.extend(faults.flat_map(|more| more.detail));
        Some(all)
    }
}

/// Limits and grants are a part of the body, and what was sent for them is not given back.
impl From<Faults> for Invalid {
    fn from(faults: Faults) -> Self {
        let wrong = faults.iter().map(|fault| {
            let body = std::iter::once("body".to_owned());
            Wrong {
                r#type: "value_error",
                loc: body.chain(fault.at.iter().cloned()).collect(),
                msg: fault.what.clone(),
                input: None,
            }
        });
        Self {
            detail: wrong.collect(),
        }
    }
}

/// What a cluster says of an object that was made of the body.
impl From<Vec<Cause>> for Invalid {
    fn from(causes: Vec<Cause>) -> Self {
        let wrong = causes.into_iter().map(|cause| {
            let loc = ["body".to_owned(), cause.field];
            Wrong {
                r#type: "value_error",
                loc: loc.into_iter().filter(|part| !part.is_empty()).collect(),
                msg: cause.message,
                input: None,
            }
        });
        Self {
            detail: wrong.collect(),
        }
    }
}

impl IntoResponse for Invalid {
    fn into_response(self) -> Response {
        // Texts: there is nothing in it that cannot be written.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        json(StatusCode::UNPROCESSABLE_ENTITY, body)
    }
}
