//! What is asked for behind the question mark.

use std::collections::HashMap;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use http::StatusCode;

use super::invalid::Invalid;
use super::problem::Problem;
use crate::modules::Listing;

/// How many an answer holds where nothing is said.
const LIMIT: u64 = 100;

/// How many it can hold.
pub(super) const MOST: u64 = 1000;

/// Names and values; of a repeated name the last one counts.
pub(super) type Pairs = Result<Query<HashMap<String, String>>, QueryRejection>;

pub(super) fn pairs(pairs: Pairs) -> Result<HashMap<String, String>, Problem> {
    match pairs {
        Ok(Query(pairs)) => Ok(pairs),
        Err(rejection) => Err(Problem::new(StatusCode::BAD_REQUEST, rejection.body_text())),
    }
}

pub(super) fn listing(query: Pairs) -> Result<Listing, Problem> {
    let mut pairs = pairs(query)?;
    let (skip, limit) = part(&pairs, MOST)?;
    Ok(Listing {
        skip,
        limit,
        text: pairs.remove("q").filter(|text| !text.is_empty()),
    })
}

fn number(
    pairs: &HashMap<String, String>,
    name: &'static str,
    default: u64,
    allowed: std::ops::RangeInclusive<u64>,
) -> Result<u64, Invalid> {
    let Some(text) = pairs.get(name) else {
        return Ok(default);
    };
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| {
        let (least, most) = allowed.into_inner();
        let msg = format!("Input should be a whole number from {least} to {most}");
        Invalid::wrong("int_parsing", &["query", name], msg, Some(text))
    })
}

/// A part of a list: how many to leave out, and how many to tell.
pub(super) fn part(pairs: &HashMap<String, String>, most: u64) -> Result<(u64, u64), Invalid> {
    let skip = number(pairs, "skip", 0, 0..=i64::MAX.unsigned_abs());
    let limit = number(pairs, "limit", LIMIT.min(most), 1..=most);
    match (skip, limit) {
        (Ok(skip), Ok(limit)) => Ok((skip, limit)),
        (skip, limit) => Err(Invalid::both(skip.err(), limit.err()).unwrap_or_default()),
    }
}

/// What is there under a name, in a form of its own.
pub(super) fn parsed<T>(
    pairs: &HashMap<String, String>,
    name: &'static str,
    expected: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Invalid> {
    let Some(text) = pairs.get(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match parse(text) {
        Some(value) => Ok(Some(value)),
        None => {
            let msg = format!("Input should be {expected}");
            Err(Invalid::wrong(
                "value_error",
                &["query", name],
                msg,
                Some(text),
            ))
        }
    }
}

/// Whether something is asked for by name, as `?dry_run=true` is. A name alone is no answer:
/// it would be taken for a no by whoever meant a yes.
pub(super) fn is_asked(
    pairs: &HashMap<String, String>,
    name: &'static str,
) -> Result<bool, Invalid> {
    match pairs.get(name).map(String::as_str) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(text) => {
            let (loc, msg) = (["query", name], "Input should be true or false");
            Err(Invalid::wrong("bool_parsing", &loc, msg, Some(text)))
        }
    }
}
