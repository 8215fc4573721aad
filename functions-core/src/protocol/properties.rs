//! What holds of every request and every answer, whatever bytes are in it.
//!
//! The yardstick is serde_json's `Value`, which is stricter: it takes no numbers out
//! of range, no halves of characters and no deep nesting, even where nobody reads them.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::Index;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Malformed, Request, answer};

/// An answer, whose four keys are read in any order and written in theirs.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said<'a> {
    pub(crate) success: bool,
    #[serde(borrow)]
    pub(crate) result: &'a RawValue,
    pub(crate) error: Option<String>,
    metadata: Metadata,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    #[serde(rename = "executionId")]
    execution_id: String,
}

/// The answer in `body`, which is just what the contract asks for.
pub(crate) fn said<'a>(body: &'a [u8], execution_id: &str) -> Said<'a> {
    let said: Said<'_> = serde_json::from_slice(body).unwrap();
    assert_eq!(serde_json::to_vec(&said).unwrap(), body);
    assert_eq!(said.metadata.execution_id, execution_id);
    assert_eq!(said.success, said.error.is_none());
    assert!(said.success || said.result.get() == "null");
    said
}

/// A 422 body. What it gives back of the request stays as it came: there may be more
/// in it than `Value` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told<'a> {
    #[serde(borrow)]
    detail: Vec<ToldFault<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldFault<'a> {
    r#type: String,
    loc: Vec<Value>,
    msg: String,
    #[serde(borrow)]
    input: &'a RawValue,
    ctx: Option<Value>,
}

/// The places of the faults, which are told in the form of the contract.
fn places(malformed: &Malformed) -> Value {
    let body = malformed.to_json();
    assert!(body.len() < 128 * 1024, "{} bytes", body.len());
    assert!(malformed.to_string().len() < 1024);
    let told: Told<'_> = serde_json::from_slice(&body).unwrap();
    assert!((1..=3).contains(&told.detail.len()));
    for fault in &told.detail {
        assert!(!fault.r#type.is_empty() && !fault.msg.is_empty());
        assert!(!fault.input.get().is_empty());
        assert_eq!(fault.ctx.is_some(), fault.r#type == "json_invalid");
        assert_eq!(fault.loc[0], "body");
        assert!(fault.loc.len() <= 2);
    }
    told.detail.into_iter().map(|fault| fault.loc).collect()
}

#[test]
fn what_is_given_back_of_a_request_is_as_it_came() {
    for body in ["[1e999]", r#"["\ud800"]"#] {
        let malformed = Request::parse(body.as_bytes()).unwrap_err();
        assert_eq!(places(&malformed), json!([["body"]]));
        let answer = String::from_utf8(malformed.to_json()).unwrap();
        assert!(answer.contains(&format!(r#""input":{body}"#)), "{answer}");
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(?s).*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(key(), inner, 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// A key of a request, as a rule.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec!["executionId", "functionName", "args"])
            .prop_map(str::to_owned),
        1 => "(?s).*",
    ]
}

/// An object that often is a request, with keys that are repeated.
fn request() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "(?s).*".prop_map(Value::from),
        Just(json!({"a": 1})),
        json()
    ];
    let entries = vec((key(), value), 0..8);
    let whole = (any::<bool>(), "(?s).*", "[ -~]*");
    (entries, whole).prop_map(|(entries, (whole, id, name))| {
        let mut entries: Vec<_> = entries
            .into_iter()
            .map(|(key, value)| format!("{}:\t{value}", Value::from(key)))
            .collect();
        if whole {
            let last = json!({"executionId": id, "functionName": name, "args": {"b": [id]}});
            entries.push(last.to_string().trim_matches(['{', '}']).to_owned() + "}");
        }
        format!(" {{{}}}\r\n", entries.join(" ,\n"))
    })
}

/// A request with a few of its bytes replaced, doubled, left out or cut off.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<Index>(), any::<Index>(), any::<u8>(), 0..4_u8);
    (request(), vec(change, 1..4)).prop_map(|(text, changes)| {
        let mut bytes = text.into_bytes();
        for (from, to, byte, kind) in changes {
            if bytes.is_empty() {
                break;
            }
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            match kind {
                0 => bytes[from] = byte,
                1 => bytes.truncate(from),
                2 => drop(bytes.drain(from.min(to)..from.max(to))),
                _ => bytes.extend_from_within(from.min(to)..from.max(to)),
            }
        }
        bytes
    })
}

/// Where serde_json would find fault with the keys of `value`.
fn faults_of(value: &Value) -> Value {
    let Some(object) = value.as_object() else {
        return json!([["body"]]);
    };
    let is_string = |key| object.get(key).is_some_and(Value::is_string);
    let mut faults = Vec::new();
    for key in ["executionId", "functionName"] {
        if !is_string(key) {
            faults.push(json!(["body", key]));
        }
    }
    if object.get("args").is_some_and(|args| !args.is_object()) {
        faults.push(json!(["body", "args"]));
    }
    faults.into()
}

/// Parses `body` as a request, and holds the outcome against what serde_json says.
fn check_request(body: &[u8]) {
    let text = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let value = serde_json::from_slice::<Value>(text);
    match (Request::parse(body), value) {
        (Ok(request), Ok(value)) => {
            assert_eq!(faults_of(&value), json!([]));
            assert_eq!(request.execution_id, value["executionId"].as_str().unwrap());
            assert_eq!(
                request.function_name,
                value["functionName"].as_str().unwrap()
            );
            let arguments: Value = serde_json::from_str(request.arguments).unwrap();
            assert_eq!(arguments, value.get("args").cloned().unwrap_or(json!({})));
        }
        (Err(malformed), Ok(value)) => assert_eq!(places(&malformed), faults_of(&value)),
        (Ok(request), Err(_)) => {
            assert!(serde_json::from_slice::<&RawValue>(text).is_ok());
            assert!(request.arguments.starts_with('{'));
        }
        (Err(malformed), Err(_)) => drop(places(&malformed)),
    }
}

/// The same for a body that is nothing but arguments.
fn check_arguments(body: &[u8]) {
    let text = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let raw = serde_json::from_slice::<&RawValue>(text);
    match (Request::parse_arguments(body), raw) {
        (Ok(arguments), Ok(raw)) => assert_eq!(arguments, raw.get()),
        (Ok(arguments), Err(_)) => {
            assert!(body.trim_ascii().is_empty());
            assert_eq!(arguments, "{}");
        }
        (Err(malformed), Ok(raw)) => {
            assert!(!raw.get().starts_with('{'));
            assert_eq!(places(&malformed), json!([["body"]]));
        }
        (Err(malformed), Err(_)) => drop(places(&malformed)),
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..200)) {
        check_request(&body);
        check_arguments(&body);
    }

    #[test]
    fn any_text_is_read_or_refused(body in r#"\PC*|[\[\]{}:,"a0ä\\ \n\u{feff}]{0,60}"#) {
        check_request(body.as_bytes());
        check_arguments(body.as_bytes());
    }

    #[test]
    fn any_json_is_split_as_serde_reads_it(value in json()) {
        check_request(value.to_string().as_bytes());
        check_arguments(value.to_string().as_bytes());
    }

    #[test]
    fn any_object_with_the_keys_of_a_request_is_split_as_serde_reads_it(body in request()) {
        check_request(body.as_bytes());
    }

    #[test]
    fn a_request_with_a_few_wrong_bytes_is_read_or_refused(body in mutated()) {
        check_request(&body);
        check_arguments(&body);
    }

    #[test]
    fn an_answer_is_the_same_four_keys_whatever_is_in_it(
        id in "(?s).*",
        error in "(?s).*",
        result in json(),
    ) {
        let failure = answer::fail(&error, &id);
        prop_assert_eq!(said(&failure, &id).error, Some(error));

        let result = result.to_string();
        let mut reply = answer::begin();
        reply.extend_from_slice(result.as_bytes());
        let success = answer::succeed(reply, &id);
        prop_assert_eq!(said(&success, &id).result.get(), result);
    }
}

#[test]
fn what_is_told_of_a_request_is_short_however_long_it_is() {
    let long = "\\\\".repeat(1_000_000);
    for body in [
        format!(r#"{{"x": "{long}"}}"#),
        format!(
            r#"{{"executionId": ["{long}"], "functionName": {{"{long}": 1}}, "args": "{long}"}}"#
        ),
        format!(r#"{{"executionId": "\ud800{long}", "functionName": "{long}\udfff", "args": 7}}"#),
        format!(r#"["{long}"]"#),
        format!("{{\"{long}\": nope"),
        "\n".repeat(1_000_000),
        format!("{}é", "[".repeat(1_000_000)),
    ] {
        places(&Request::parse(body.as_bytes()).unwrap_err());
    }
    // Just short enough to be given back, and as much longer in JSON as it can be.
    let long = "\\\\".repeat(8_000);
    let body = format!(
        r#"{{"executionId": "\ud800{long}", "functionName": "\ud800{long}", "args": "{long}"}}"#
    );
    places(&Request::parse(body.as_bytes()).unwrap_err());
}
