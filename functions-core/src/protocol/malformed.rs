//! A request that is not one, told in the form of the contract: a list of
//! faults, each with the place where it is.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// The longest part of a request that is given back in an answer, in bytes.
const LONGEST_INPUT: usize = 16 * 1024;

/// Everything that is wrong with a request.
#[derive(Debug, Serialize)]
pub(crate) struct Malformed {
    detail: Vec<Fault>,
}

impl Malformed {
    pub(super) fn new(detail: Vec<Fault>) -> Self {
        Self { detail }
    }

    pub(super) fn invalid_json(text: &str, error: &serde_json::Error) -> Self {
        let error_text = error.to_string();
        let problem = error_text
            .split_once(" at line ")
            .map_or(&*error_text, |(problem, _)| problem);
        Self::new(vec![Fault::invalid(
            character_of(text, error),
            problem.to_owned(),
        )])
    }

    pub(super) fn invalid_utf8(error: &std::str::Utf8Error) -> Self {
        Self::new(vec![Fault::invalid(error.valid_up_to(), error.to_string())])
    }

    /// The body of the answer: `{"detail": [{"type", "loc", "msg", "input"}]}`.
    #[must_use]
    pub(crate) fn to_json(&self) -> Vec<u8> {
        // Texts, numbers and raw JSON: there is nothing in it that cannot be written.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.detail.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            write!(f, "{separator}{}: {}", fault.place, fault.msg)?;
        }
        Ok(())
    }
}

impl std::error::Error for Malformed {}

/// The number of the character at which reading `text` failed, from 0: that of
/// the token, where it is a word that is wrong.
fn character_of(text: &str, error: &serde_json::Error) -> usize {
    let lines_before = error.line().saturating_sub(1);
    let line_start = match lines_before.checked_sub(1) {
        None => 0,
        Some(newline) => text
            .match_indices('\n')
            .nth(newline)
            .map_or(0, |(at, _)| at + 1),
    };
    let read = line_start + error.column();
    let at = if error.is_eof() {
        read
    } else {
        read.saturating_sub(1)
    };
    let before = || text.char_indices().take_while(|(index, _)| *index < at);
    let word =
        before()
            .map(|(_, character)| character)
            .fold(0, |length, character| match character {
                'a'..='z' | 'A'..='Z' => length + 1,
                _ => 0,
            });
    before().count() - word
}

/// One fault, with its place.
#[derive(Debug, Serialize)]
pub(super) struct Fault {
    r#type: &'static str,
    #[serde(rename = "loc")]
    place: Place,
    msg: &'static str,
    input: Input,
    #[serde(skip_serializing_if = "Option::is_none")]
    ctx: Option<Problem>,
}

#[derive(Debug, Serialize)]
struct Problem {
    error: String,
}

/// What was expected of a key's value.
pub(super) enum Expected {
    String,
    Unicode,
    Object,
}

impl Fault {
    pub(super) fn no_body() -> Self {
        Self {
            r#type: "missing",
            place: Place::Body,
            msg: "Field required",
            input: Input::Null,
            ctx: None,
        }
    }

    pub(super) fn missing(key: &'static str, body: &str) -> Self {
        Self {
            r#type: "missing",
            place: Place::Key(key),
            msg: "Field required",
            input: Input::of(body),
            ctx: None,
        }
    }

    pub(super) fn wrong(key: &'static str, expected: Expected, value: &str) -> Self {
        let (r#type, msg) = match expected {
            Expected::String => ("string_type", "Input should be a valid string"),
            Expected::Unicode => (
                "string_unicode",
                "Input should be a valid string, unable to parse raw data as a unicode string",
            ),
            Expected::Object => ("dict_type", "Input should be a valid dictionary"),
        };
        Self {
            r#type,
            place: Place::Key(key),
            msg,
            input: match expected {
                // Readers of the answer would stumble over the same half of a character.
                Expected::Unicode => Input::Text(shorten(value)),
                Expected::String | Expected::Object => Input::of(value),
            },
            ctx: None,
        }
    }

    pub(super) fn not_an_object(value: &str) -> Self {
        Self {
            r#type: "model_attributes_type",
            place: Place::Body,
            msg: "Input should be a valid dictionary or object to extract fields from",
            input: Input::of(value),
            ctx: None,
        }
    }

    fn invalid(at: usize, problem: String) -> Self {
        Self {
            r#type: "json_invalid",
            place: Place::Character(at),
            msg: "JSON decode error",
            input: Input::Empty {},
            ctx: Some(Problem { error: problem }),
        }
    }
}

/// Where a fault is.
#[derive(Debug)]
enum Place {
    Body,
    Key(&'static str),
    Character(usize),
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Body => ["body"].serialize(serializer),
            Self::Key(key) => ("body", key).serialize(serializer),
            Self::Character(at) => ("body", at).serialize(serializer),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => f.write_str("body"),
            Self::Key(key) => write!(f, "body.{key}"),
            Self::Character(at) => write!(f, "body, character {at}"),
        }
    }
}

/// What was sent there, given back as it came.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Input {
    Null,
    Empty {},
    Raw(Box<RawValue>),
    Text(String),
}

impl Input {
    fn of(json: &str) -> Self {
        let json = json.trim_ascii();
        if json.len() > LONGEST_INPUT {
            return Self::Text(shorten(json));
        }
        RawValue::from_string(json.to_owned()).map_or(Self::Null, Self::Raw)
    }
}

fn shorten(json: &str) -> String {
    match json.len() {
        0..=LONGEST_INPUT => json.to_owned(),
        length => format!("({length} bytes)"),
    }
}
