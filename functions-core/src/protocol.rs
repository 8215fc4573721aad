//! The words of `/exec`: what a request holds, and what an answer looks like.
//!
//! A request is split into its three keys and not parsed any further: `args` is
//! for the function to read. An answer is written around the result in place.

mod malformed;
#[cfg(test)]
pub(crate) mod properties;

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

pub(crate) use malformed::Malformed;
use malformed::{Expected, Fault};

const NO_ARGUMENTS: &str = "{}";

/// A call as it came in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request<'a> {
    /// The caller's name for this execution.
    pub(crate) execution_id: Cow<'a, str>,
    /// The function to run.
    pub(crate) function_name: Cow<'a, str>,
    /// A JSON object, as text.
    pub(crate) arguments: &'a str,
}

impl<'a> Request<'a> {
    /// Splits the body of a request to `/exec`.
    ///
    /// # Errors
    /// The body is not the object that the protocol asks for.
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let text = text_of(body)?;
        let keys = Keys::of(text)?;
        let mut faults = Vec::new();
        let request = Self {
            execution_id: string(text, "executionId", keys.execution_id, &mut faults),
            function_name: string(text, "functionName", keys.function_name, &mut faults),
            arguments: object("args", keys.arguments, &mut faults),
        };
        if faults.is_empty() {
            Ok(request)
        } else {
            Err(Malformed::new(faults))
        }
    }

    /// Reads a body that is nothing but the arguments; none at all stands for no arguments.
    ///
    /// # Errors
    /// The body is no JSON object.
    pub(crate) fn parse_arguments(body: &[u8]) -> Result<&str, Malformed> {
        if body.trim_ascii().is_empty() {
            return Ok(NO_ARGUMENTS);
        }
        let text = text_of(body)?;
        let raw: &RawValue =
            serde_json::from_str(text).map_err(|error| Malformed::invalid_json(text, &error))?;
        match raw.get().starts_with('{') {
            true => Ok(raw.get()),
            false => Err(Malformed::new(vec![Fault::not_an_object(raw.get())])),
        }
    }
}

/// The body as text, without a byte order mark.
fn text_of(body: &[u8]) -> Result<&str, Malformed> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    if body.trim_ascii().is_empty() {
        return Err(Malformed::new(vec![Fault::no_body()]));
    }
    std::str::from_utf8(body).map_err(|error| Malformed::invalid_utf8(&error))
}

fn string<'a>(
    body: &str,
    key: &'static str,
    value: Option<&'a RawValue>,
    faults: &mut Vec<Fault>,
) -> Cow<'a, str> {
    let Some(value) = value.map(RawValue::get) else {
        faults.push(Fault::missing(key, body));
        return Cow::Borrowed("");
    };
    let quoted = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
        Some(_) => match serde_json::from_str(value) {
            Ok(text) => Cow::Owned(text),
            Err(_) => {
                faults.push(Fault::wrong(key, Expected::Unicode, value));
                Cow::Borrowed("")
            }
        },
        None => {
            faults.push(Fault::wrong(key, Expected::String, value));
            Cow::Borrowed("")
        }
    }
}

fn object<'a>(key: &'static str, value: Option<&'a RawValue>, faults: &mut Vec<Fault>) -> &'a str {
    match value.map(RawValue::get) {
        None => NO_ARGUMENTS,
        Some(value) if value.starts_with('{') => value,
        Some(value) => {
            faults.push(Fault::wrong(key, Expected::Object, value));
            NO_ARGUMENTS
        }
    }
}

/// The three keys, each as it stands in the text.
#[derive(Default)]
struct Keys<'a> {
    execution_id: Option<&'a RawValue>,
    function_name: Option<&'a RawValue>,
    arguments: Option<&'a RawValue>,
}

impl<'a> Keys<'a> {
    fn of(text: &'a str) -> Result<Self, Malformed> {
        let mut json = serde_json::Deserializer::from_str(text);
        if !text.trim_ascii_start().starts_with('{') {
            // Whether it is broken JSON or JSON of another kind takes a look at all of it.
            return Err(match serde_json::from_str::<&RawValue>(text) {
                Ok(value) => Malformed::new(vec![Fault::not_an_object(value.get())]),
                Err(error) => Malformed::invalid_json(text, &error),
            });
        }
        (&mut json)
            .deserialize_map(KeysVisitor)
            .and_then(|keys| json.end().map(|()| keys))
            .map_err(|error| Malformed::invalid_json(text, &error))
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys<'de>, A::Error> {
        let mut keys = Keys::default();
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::ExecutionId => keys.execution_id = Some(map.next_value()?),
                Key::FunctionName => keys.function_name = Some(map.next_value()?),
                Key::Arguments => keys.arguments = Some(map.next_value()?),
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(keys)
    }
}

#[derive(serde::Deserialize)]
enum Key {
    #[serde(rename = "executionId")]
    ExecutionId,
    #[serde(rename = "functionName")]
    FunctionName,
    #[serde(rename = "args")]
    Arguments,
    #[serde(other)]
    Other,
}

/// What stands before and after a result in an answer.
pub(crate) mod answer {
    const SUCCESS: &[u8] = br#"{"success":true,"result":"#;
    const FAILURE: &[u8] = br#"{"success":false,"result":null,"error":"#;
    const NO_ERROR: &[u8] = br#","error":null"#;
    const EXECUTION_ID: &[u8] = br#","metadata":{"executionId":"#;
    const END: &[u8] = b"}}";

    /// Room for an answer with a small result, so that it is written without growing.
    const ROOM: usize = 192;

    /// Opens an answer that a result is to follow in.
    pub(crate) fn begin() -> Vec<u8> {
        let mut answer = Vec::with_capacity(ROOM);
        answer.extend_from_slice(SUCCESS);
        answer
    }

    /// Closes an answer behind its result.
    pub(crate) fn succeed(mut answer: Vec<u8>, execution_id: &str) -> Vec<u8> {
        answer.extend_from_slice(NO_ERROR);
        end(answer, execution_id)
    }

    /// A whole answer that tells of an error.
    pub(crate) fn fail(error: &str, execution_id: &str) -> Vec<u8> {
        let mut answer = Vec::with_capacity(ROOM + error.len());
        answer.extend_from_slice(FAILURE);
        push_string(&mut answer, error);
        end(answer, execution_id)
    }

    fn end(mut answer: Vec<u8>, execution_id: &str) -> Vec<u8> {
        answer.extend_from_slice(EXECUTION_ID);
        push_string(&mut answer, execution_id);
        answer.extend_from_slice(END);
        answer
    }

    fn push_string(answer: &mut Vec<u8>, text: &str) {
        let written = serde_json::to_writer(answer, text);
        debug_assert!(written.is_ok(), "text is always written to memory");
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    fn locations(body: &str) -> serde_json::Value {
        let malformed = Request::parse(body.as_bytes()).unwrap_err();
        let body: serde_json::Value = serde_json::from_slice(&malformed.to_json()).unwrap();
        body["detail"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["loc"].clone())
            .collect()
    }

    #[test]
    fn a_request_is_split_and_its_arguments_stay_as_they_are() {
        let body = br#" {"x": [1], "functionName": "f", "args": {"a": 1.0 }, "executionId": "i"} "#;
        let request = Request::parse(body).unwrap();
        assert_eq!(request.execution_id, "i");
        assert_eq!(request.function_name, "f");
        assert_eq!(request.arguments, r#"{"a": 1.0 }"#);
    }

    #[test]
    fn the_last_one_of_a_repeated_key_counts() {
        let body = br#"{"executionId": 7, "executionId": "i", "functionName": "f", "args": {"a": 1}, "args": {}}"#;
        let request = Request::parse(body).unwrap();
        assert_eq!((&*request.execution_id, request.arguments), ("i", "{}"));
    }

    #[test]
    fn escapes_in_names_and_keys_are_read() {
        let body = br#"{"execution\u0049d": "a\u0000b", "functionName": "\"", "args": {}}"#;
        let request = Request::parse(body).unwrap();
        assert_eq!(request.execution_id, "a\0b");
        assert_eq!(request.function_name, "\"");
    }

    #[test]
    fn every_fault_of_a_request_is_told_at_once() {
        let loc = locations(r#"{"functionName": 7, "args": []}"#);
        let expected = serde_json::json!([
            ["body", "executionId"],
            ["body", "functionName"],
            ["body", "args"]
        ]);
        assert_eq!(loc, expected);
    }

    #[test]
    fn broken_json_is_told_with_the_character_where_it_breaks() {
        let at = |body: &str| locations(body)[0][1].as_u64();
        assert_eq!(at("not json"), Some(0));
        assert_eq!(at(r#"{"a": nope}"#), Some(6));
        assert_eq!(at(r#"{"ä": 1}}"#), Some(8));
        assert_eq!(at("{\n  \"a\": 1,\n}"), Some(12));
    }

    #[test]
    fn half_a_surrogate_is_no_string() {
        let loc = locations(r#"{"executionId": "\ud800", "functionName": "f"}"#);
        assert_eq!(loc, serde_json::json!([["body", "executionId"]]));
    }

    #[test]
    fn no_body_for_arguments_is_no_arguments() {
        assert_eq!(Request::parse_arguments(b" \n").unwrap(), "{}");
        assert_eq!(
            Request::parse_arguments(b"{\"a\":1}\n").unwrap(),
            "{\"a\":1}"
        );
        assert!(Request::parse_arguments(b"[1]").is_err());
        assert!(Request::parse_arguments(b"{} {}").is_err());
    }
}
