//! Whatever text comes as arguments, there is an answer, and it has four keys.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use super::{LIMITS, Ledger, executor, request};
use crate::executor::Outcome;
use crate::function;
use crate::protocol::Request;
use crate::protocol::properties::said;

#[derive(Debug, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
struct Line {
    name: String,
    price: f64,
}

#[function(name = "executor.echoes")]
async fn echoes(value: Value) -> Value {
    value
}

#[function(name = "executor.totals")]
async fn totals(lines: Vec<Line>, #[arg(default = 1.0)] rate: f64) -> f64 {
    lines.iter().map(|line| line.price).sum::<f64>() * rate
}

/// A value that holds such values.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
struct Tree {
    branches: Vec<Tree>,
}

#[function(name = "executor.counts")]
async fn counts(tree: Tree) -> usize {
    tree.branches.len()
}

#[function(name = "executor.fails")]
async fn fails(message: String) -> Result<(), String> {
    Err(message)
}

#[function(name = "executor.panics")]
async fn panics(message: String) {
    panic!("{message}");
}

/// Text that often is what one of the functions takes.
fn arguments() -> impl Strategy<Value = String> {
    let value = r#"-?[0-9]{1,30}(\.[0-9]{1,3})?(e[0-9]{1,3})?|"\PC{0,8}"|null|\[\]|\{\}|\[\{"name": "a", "price": [0-9]{1,4}\}\]"#;
    let key = "value|lines|rate|message|[a-z]{0,3}";
    let entry = (key, value).prop_map(|(key, value)| format!("\"{key}\": {value}"));
    prop_oneof![
        4 => prop::collection::vec(entry, 0..4)
            .prop_map(|entries| format!("{{{}}}", entries.join(", "))),
        1 => r#"[\[\]{}:,"a0ä\\ \n]{0,60}"#,
    ]
}

#[test]
fn any_arguments_are_answered_with_the_same_four_keys() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let executor = executor(&Ledger::default(), LIMITS);
    let name = prop_oneof![
        8 => "executor\\.(echoes|totals|fails|panics|yields)",
        1 => "(?s).{0,20}",
    ];
    let calls = (name, "(?s).{0,20}", arguments());
    let outcome = TestRunner::default().run(&calls, |(name, id, arguments)| {
        let request = Request {
            execution_id: id.as_str().into(),
            function_name: name.as_str().into(),
            arguments: &arguments,
        };
        let answer = runtime
            .block_on(executor.execute(&request, Default::default))
            .unwrap();
        let error = said(&answer.body, &id).error.unwrap_or_default();
        let beginning = match answer.outcome {
            Outcome::Success => String::new(),
            Outcome::NotFound => format!("Function '{name}' not found"),
            Outcome::InvalidArguments => format!("Invalid arguments for function '{name}': "),
            Outcome::Failed | Outcome::Panicked => "Function execution failed: ".to_owned(),
            Outcome::TimedOut => panic!("nothing takes any time here"),
        };
        prop_assert!(error.starts_with(&beginning), "{}", error);
        prop_assert!(error.len() < 4096);
        Ok(())
    });
    outcome.unwrap();
    assert_eq!(executor.in_flight(), 0);
}

#[tokio::test]
async fn what_is_wrong_with_an_argument_is_told_in_short_however_long_it_is() {
    let executor = executor(&Ledger::default(), LIMITS);
    let long = "é\\n".repeat(300_000);
    let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
    for (name, arguments) in [
        ("totals", format!(r#"{{"lines": "{long}"}}"#)),
        ("totals", format!(r#"{{"lines": [{{"{long}": 1}}]}}"#)),
        ("totals", format!(r#"{{"{long}": 1}}"#)),
        ("totals", format!(r#"{{"lines": {deep}}}"#)),
        ("totals", format!(r#"{{"lines": [{{"name": {deep}}}]}}"#)),
        ("totals", format!(r#"{{"lines": [{{"x": {deep}}}]}}"#)),
        (
            "totals",
            format!(r#"{{"lines": [], "rate": {}}}"#, "9".repeat(300_000)),
        ),
        (
            "echoes",
            format!(r#"{{"value": {{"{long}": {{"{long}": {deep}}}}}}}"#),
        ),
        ("echoes", format!(r#"{{"value": 1, "more": {deep}}}"#)),
    ] {
        let name = format!("executor.{name}");
        let request = request(&name, &arguments);
        let answer = executor.execute(&request, Default::default).await.unwrap();
        assert_eq!(answer.outcome, Outcome::InvalidArguments);
        assert!(answer.body.len() < 8192, "{} bytes", answer.body.len());
    }
}

#[tokio::test]
async fn a_value_that_nobody_reads_may_be_as_deep_as_it_likes_and_no_other() {
    let executor = executor(&Ledger::default(), LIMITS);
    let deep = |begin: &str, end: &str| format!("{}{}", begin.repeat(200_000), end.repeat(200_000));
    let list = deep("[", "]");
    for (name, arguments, outcome) in [
        (
            "executor.totals",
            format!(r#"{{"lines": [{{"name": "a", "price": 2, "x": {list}}}]}}"#),
            Outcome::Success,
        ),
        (
            "executor.counts",
            format!(r#"{{"tree": {{"x": {list}, "branches": []}}}}"#),
            Outcome::Success,
        ),
        (
            "executor.counts",
            format!(r#"{{"tree": {}}}"#, deep(r#"{"branches":["#, "]}")),
            Outcome::InvalidArguments,
        ),
        (
            "executor.counts",
            format!(r#"{{"tree": {}"#, r#"{"branches":["#.repeat(200_000)),
            Outcome::InvalidArguments,
        ),
        (
            "executor.echoes",
            format!(r#"{{"value": {}}}"#, deep(r#"{"":"#, "}")),
            Outcome::InvalidArguments,
        ),
    ] {
        let request = request(name, &arguments);
        let answer = executor.execute(&request, Default::default).await.unwrap();
        assert_eq!(answer.outcome, outcome, "{name}");
        assert!(answer.body.len() < 8192, "{} bytes", answer.body.len());
    }
}
