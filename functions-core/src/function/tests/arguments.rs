use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{call, describe};
use crate::function;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Line {
    price: f64,
    #[serde(default)]
    count: u8,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Order {
    id: u64,
    lines: Vec<Line>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Color {
    Red,
    Blue,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shape {
    Circle { radius: f64 },
    Point,
}

#[function(name = "arguments.add")]
async fn add(a: i64, b: i64) -> i64 {
    a.wrapping_add(b)
}

#[function(name = "arguments.order")]
async fn take_order(order: Order) -> Order {
    order
}

#[function(name = "arguments.one")]
async fn one(#[arg(name = "class")] r#type: String) -> String {
    r#type
}

#[function(name = "arguments.none")]
async fn none() {}

#[function(name = "arguments.optional")]
async fn optional(
    a: Option<i64>,
    #[arg(default = Some(7))] b: Option<i64>,
    #[arg(default)] c: Vec<i64>,
    #[arg(default = a_default())] d: String,
) -> (Option<i64>, Option<i64>, Vec<i64>, String) {
    (a, b, c, d)
}

fn a_default() -> String {
    "computed".to_owned()
}

#[function(name = "arguments.numbers")]
async fn numbers(
    #[arg(default)] small: i8,
    #[arg(default)] unsigned: u64,
    #[arg(default)] wide: i128,
    #[arg(default)] float: f64,
    #[arg(default)] single: f32,
) -> String {
    format!("{small} {unsigned} {wide} {float} {single}")
}

#[function(name = "arguments.enums")]
async fn enums(color: Color, shape: Shape) -> (Color, Shape) {
    (color, shape)
}

#[function(name = "arguments.map")]
async fn map(by_name: BTreeMap<String, Option<bool>>) -> BTreeMap<String, Option<bool>> {
    by_name
}

/// A type that is read but never written, so that its default cannot be shown.
#[derive(Deserialize, JsonSchema, Default)]
struct Secret(String);

#[function(name = "arguments.hidden")]
async fn hidden(#[arg(default)] secret: Secret) -> usize {
    secret.0.len()
}

fn refused(name: &str, arguments: &str) -> String {
    call(name, arguments).unwrap_err()
}

#[test]
fn arguments_are_found_by_name_in_any_order() {
    assert_eq!(call("arguments.add", r#"{"b": 1, "a": 2}"#).unwrap(), "3");
    assert_eq!(call("arguments.none", " { } ").unwrap(), "null");
}

#[test]
fn the_last_one_of_a_repeated_argument_counts() {
    assert_eq!(
        call("arguments.add", r#"{"a": 1, "b": 1, "a": 40}"#).unwrap(),
        "41"
    );
}

#[test]
fn a_missing_argument_is_named_with_its_type() {
    assert_eq!(
        refused("arguments.add", r#"{"a": 1}"#),
        "missing required argument: 'b' (integer)"
    );
}

#[test]
fn all_missing_arguments_are_told_at_once() {
    assert_eq!(
        refused("arguments.add", "{}"),
        "missing required arguments: 'a' (integer), 'b' (integer)"
    );
    assert_eq!(
        refused("arguments.order", "{}"),
        "missing required argument: 'order' (Order)"
    );
}

#[test]
fn an_unknown_argument_is_told_with_those_that_are_known() {
    assert_eq!(
        refused("arguments.add", r#"{"a": 1, "b": 2, "c": 3}"#),
        "unknown argument 'c', expected 'a', 'b'"
    );
    assert_eq!(
        refused("arguments.one", r#"{"type": "x"}"#),
        "unknown argument 'type', expected only 'class'"
    );
    assert_eq!(
        refused("arguments.none", r#"{"a\u0062": 1}"#),
        "unknown argument 'ab', expected none"
    );
}

#[test]
fn a_wrong_type_is_told_with_what_was_expected() {
    assert_eq!(
        refused("arguments.add", r#"{"a": "5", "b": 3}"#),
        r#"args.a: invalid type: string "5", expected i64"#
    );
    assert_eq!(
        refused("arguments.add", r#"{"a": 1, "b": null}"#),
        "args.b: invalid type: null, expected i64"
    );
    assert_eq!(
        refused("arguments.add", r#"{"a": 5.0, "b": 3}"#),
        "args.a: invalid type: floating point `5.0`, expected i64"
    );
}

#[test]
fn the_path_leads_to_the_value_that_is_wrong() {
    let arguments = "{\n \"order\": {\"id\": 1, \"lines\": [{\"price\": 1}, {\"price\": 2},\n\
                     {\"price\": \"three\"}]}}";
    assert_eq!(
        refused("arguments.order", arguments),
        r#"args.order.lines[2].price: invalid type: string "three", expected f64"#
    );
    assert_eq!(
        refused("arguments.order", r#"{"order": {"id": -1, "lines": []}}"#),
        "args.order.id: invalid value: integer `-1`, expected u64"
    );
}

#[test]
fn an_object_in_the_place_of_an_array_is_told_where_it_is() {
    for (lines, kind) in [
        ("{}", "map"),
        (" true", "boolean `true`"),
        ("7", "integer `7`"),
    ] {
        assert_eq!(
            refused(
                "arguments.order",
                &format!(r#"{{"order": {{"id": 1, "lines":{lines}}}}}"#)
            ),
            format!("args.order.lines: invalid type: {kind}, expected a sequence")
        );
        assert_eq!(
            refused("arguments.optional", &format!(r#"{{"c":{lines}}}"#)),
            format!("args.c: invalid type: {kind}, expected a sequence")
        );
    }
}

#[test]
fn what_is_missing_inside_of_an_argument_is_told_where_it_belongs() {
    assert_eq!(
        refused("arguments.order", r#"{"order": {"id": 1}}"#),
        "args.order: missing field `lines`"
    );
    assert_eq!(
        refused(
            "arguments.order",
            r#"{"order": {"id": 1, "lines": [{"price": 1, "x": 2}]}}"#
        ),
        "args.order.lines[0]: unknown field `x`, expected `price` or `count`"
    );
}

#[test]
fn an_optional_argument_may_be_left_out_or_null() {
    let absent = r#"[null,7,[],"computed"]"#;
    assert_eq!(call("arguments.optional", "{}").unwrap(), absent);
    assert_eq!(
        call("arguments.optional", r#"{"a": null}"#).unwrap(),
        absent
    );
    assert_eq!(
        call(
            "arguments.optional",
            r#"{"a": 1, "b": null, "c": [1], "d": ""}"#
        )
        .unwrap(),
        r#"[1,null,[1],""]"#
    );
}

#[test]
fn a_default_does_not_make_null_legal() {
    assert_eq!(
        refused("arguments.optional", r#"{"d": null}"#),
        "args.d: invalid type: null, expected a string"
    );
}

#[test]
fn numbers_have_the_range_of_their_type() {
    let numbers = |arguments| call("arguments.numbers", arguments);
    assert_eq!(
        numbers(r#"{"unsigned": 18446744073709551615, "float": 1e308}"#).unwrap(),
        format!("\"0 {} 0 {} 0\"", u64::MAX, 1e308)
    );
    assert_eq!(
        numbers(r#"{"wide": -170141183460469231731687303715884105728}"#).unwrap(),
        format!("\"0 0 {} 0 0\"", i128::MIN)
    );
    assert_eq!(
        numbers(r#"{"small": 128}"#).unwrap_err(),
        "args.small: invalid value: integer `128`, expected i8"
    );
    assert_eq!(
        numbers(r#"{"unsigned": 18446744073709551616}"#).unwrap_err(),
        "args.unsigned: invalid type: floating point `1.8446744073709552e+19`, expected u64"
    );
    assert_eq!(
        numbers(r#"{"float": 1e999}"#).unwrap_err(),
        "args.float: number out of range"
    );
}

#[test]
fn what_is_no_number_in_json_is_none() {
    for word in ["NaN", "Infinity", "-Infinity", "+1", "0x10", ".5", "1."] {
        let arguments = format!(r#"{{"float": {word}}}"#);
        let refused = refused("arguments.numbers", &arguments);
        assert!(refused.starts_with("args.float: "), "{word}: {refused}");
    }
}

#[test]
fn whole_numbers_are_taken_for_floats() {
    assert_eq!(
        call("arguments.numbers", r#"{"float": 4, "single": 2.5}"#).unwrap(),
        r#""0 0 0 4 2.5""#
    );
}

#[test]
fn enums_are_read_and_their_variants_told() {
    assert_eq!(
        call(
            "arguments.enums",
            r#"{"color": "red", "shape": {"kind": "circle", "radius": 1}}"#
        )
        .unwrap(),
        r#"["red",{"kind":"circle","radius":1.0}]"#
    );
    assert_eq!(
        refused("arguments.enums", r#"{"color": "green"}"#),
        "args.color: unknown variant `green`, expected `red` or `blue`"
    );
}

#[test]
fn a_key_that_is_no_word_is_quoted_in_a_path() {
    assert_eq!(
        refused("arguments.map", r#"{"by_name": {"a b": 1}}"#),
        r#"args.by_name["a b"]: invalid type: integer `1`, expected a boolean"#
    );
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!(
        r#"{{"by_name": {}{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    assert!(call("arguments.map", &deep).is_err());
    let deep = deep.replace("by_name", "other");
    assert!(call("arguments.none", &deep).is_err());
}

#[test]
fn a_long_value_is_cut_out_of_the_message() {
    let long = format!(r#"{{"a": "{}", "b": 1}}"#, "ä".repeat(100_000));
    let refused = refused("arguments.add", &long);
    assert!(refused.len() < 1200, "{} bytes", refused.len());
    assert!(refused.starts_with(r#"args.a: invalid type: string "ä"#));
    assert!(refused.ends_with("expected i64"));
    let long = format!(r#"{{"{}": 1}}"#, "ä".repeat(100_000));
    assert!(super::call("arguments.add", &long).unwrap_err().len() < 1200);
}

#[test]
fn what_is_no_object_is_refused() {
    for text in [
        "",
        "[]",
        "{",
        r#"{"a""#,
        r#"{"a": 1"#,
        "{} {}",
        "{,}",
        r#"{"a": 1,}"#,
        "{a: 1}",
        r#"{"a" 1}"#,
        r#"{"a": 1 "b": 2}"#,
    ] {
        assert!(call("arguments.add", text).is_err(), "{text}");
    }
}

#[test]
fn arguments_are_described_with_their_defaults() {
    let arguments = &describe("arguments.optional")["arguments"];
    let of = |index: usize, key: &str| arguments[index][key].clone();
    assert_eq!(
        (of(0, "required"), of(0, "default")),
        (false.into(), ().into())
    );
    assert_eq!(of(1, "default"), 7);
    assert_eq!(of(2, "default"), serde_json::json!([]));
    assert_eq!(of(3, "default"), "computed");
    assert_eq!(describe("arguments.add")["arguments"][0]["required"], true);
}

#[test]
fn a_default_that_does_not_serialize_is_not_shown() {
    let argument = &describe("arguments.hidden")["arguments"][0];
    assert_eq!(argument["required"], false);
    assert!(argument.get("default").is_none());
    assert_eq!(call("arguments.hidden", "{}").unwrap(), "0");
}
