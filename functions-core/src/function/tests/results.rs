use schemars::JsonSchema;
use serde::Serialize;

use super::{call, describe};
use crate::{FunctionError, function};

type Aliased<T> = std::result::Result<T, String>;
type Nested = Aliased<i64>;

mod quiet {
    /// A type of that name that is none.
    #[derive(serde::Serialize, schemars::JsonSchema)]
    pub(super) enum Result {
        Err(i64),
    }
}

/// An error that could be taken for a value.
#[derive(Debug, Serialize, JsonSchema, thiserror::Error)]
#[error("out of {what}")]
struct OutOf {
    what: String,
}

#[function(name = "results.unit")]
async fn unit() {}

#[function(name = "results.aliased")]
async fn aliased(fail: bool) -> Aliased<i64> {
    if fail { Err("no".to_owned()) } else { Ok(1) }
}

#[function(name = "results.nested")]
async fn nested() -> Nested {
    Err("nested".to_owned())
}

#[function(name = "results.named")]
async fn named() -> quiet::Result {
    quiet::Result::Err(7)
}

#[function(name = "results.serializable_error")]
async fn serializable_error() -> Result<Result<i64, OutOf>, OutOf> {
    Err(OutOf {
        what: "milk".to_owned(),
    })
}

#[function(name = "results.value_that_is_a_result")]
async fn value_that_is_a_result() -> Option<Result<i64, String>> {
    Some(Err("data".to_owned()))
}

#[cfg(feature = "anyhow")]
#[function(name = "results.anyhow")]
async fn of_anyhow() -> anyhow::Result<()> {
    Err(anyhow::anyhow!("disk full").context("cannot save"))
}

#[function(name = "results.boxed")]
async fn boxed() -> Result<i64, Box<dyn std::error::Error + Send + Sync>> {
    Ok("x".parse::<i64>()?)
}

#[function(name = "results.text")]
async fn text() -> Result<(), &'static str> {
    Err("plain text")
}

#[function(name = "results.own")]
async fn own() -> core::result::Result<(), FunctionError> {
    Err(OutOf {
        what: "bread".to_owned(),
    })?;
    Ok(())
}

#[function(name = "results.static")]
async fn of_static() -> &'static str {
    "for ever"
}

/// What serde refuses to write: keys of a map that are no text.
#[function(name = "results.unwritable")]
async fn unwritable() -> std::collections::BTreeMap<String, Broken> {
    [("a".to_owned(), Broken)].into_iter().collect()
}

#[derive(JsonSchema)]
struct Broken;

impl Serialize for Broken {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("broken"))
    }
}

fn failed(name: &str) -> String {
    call(name, "{}").unwrap_err()
}

#[test]
fn unit_is_null() {
    assert_eq!(call("results.unit", "{}").unwrap(), "null");
    assert_eq!(describe("results.unit")["returns"]["type"], "null");
}

#[test]
fn an_alias_of_result_is_a_result() {
    assert_eq!(call("results.aliased", r#"{"fail": false}"#).unwrap(), "1");
    assert_eq!(
        call("results.aliased", r#"{"fail": true}"#).unwrap_err(),
        "no"
    );
    assert_eq!(failed("results.nested"), "nested");
    assert_eq!(describe("results.nested")["returns"]["type"], "integer");
}

#[test]
fn a_type_that_is_only_named_result_is_a_value() {
    assert_eq!(call("results.named", "{}").unwrap(), r#"{"Err":7}"#);
}

#[test]
fn an_error_that_serializes_is_an_error_all_the_same() {
    assert_eq!(failed("results.serializable_error"), "out of milk");
}

#[test]
fn a_result_inside_of_a_value_is_data() {
    assert_eq!(
        call("results.value_that_is_a_result", "{}").unwrap(),
        r#"{"Err":"data"}"#
    );
}

#[test]
fn errors_of_every_common_kind_are_told() {
    #[cfg(feature = "anyhow")]
    assert_eq!(failed("results.anyhow"), "cannot save");
    assert_eq!(failed("results.boxed"), "invalid digit found in string");
    assert_eq!(failed("results.text"), "plain text");
    assert_eq!(failed("results.own"), "out of bread");
}

#[test]
fn text_that_lives_for_ever_may_be_returned() {
    assert_eq!(call("results.static", "{}").unwrap(), r#""for ever""#);
}

#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    assert_eq!(
        failed("results.unwritable"),
        "the result cannot be written as JSON: broken"
    );
}
