//! Functions that fail in ways that are hard to tell.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Executor, Limits, Outcome, shortened};
use crate::context::Headers;
use crate::function;
use crate::protocol::Request;
use crate::registry::Registry;
use crate::state::States;

fn executor() -> Executor {
    let limits = Limits {
        timeout: Duration::from_secs(2),
        max_timeout: Duration::from_secs(2),
        max_concurrency: 2,
        max_queue: 0,
    };
    let registry = Registry::collect().unwrap();
    Executor::new(registry, States::default(), "tests", limits)
}

async fn execute(function: &str, arguments: &str) -> (Outcome, Value) {
    let request = Request {
        execution_id: "the-execution".into(),
        function_name: function.into(),
        arguments,
    };
    let answer = executor().execute(&request, Headers::default).await;
    let answer = answer.unwrap();
    (
        answer.outcome,
        serde_json::from_slice(&answer.body).unwrap(),
    )
}

#[derive(Debug)]
struct Mute;

impl fmt::Display for Mute {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

impl std::error::Error for Mute {}

#[function(name = "executor.fails_mutely")]
async fn fails_mutely() -> Result<(), Mute> {
    Err(Mute)
}

#[derive(Debug)]
struct Explosive;

impl fmt::Display for Explosive {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no words")
    }
}

impl std::error::Error for Explosive {}

#[function(name = "executor.fails_explosively")]
async fn fails_explosively() -> Result<(), Explosive> {
    Err(Explosive)
}

#[tokio::test]
async fn an_error_that_cannot_say_what_it_is_is_answered() {
    let (outcome, answer) = execute("executor.fails_mutely", "{}").await;
    assert_eq!(outcome, Outcome::Failed);
    assert_eq!(answer["error"], "Function execution failed: ");
}

#[tokio::test]
async fn an_error_that_panics_when_it_is_asked_what_it_is_is_answered() {
    let (outcome, answer) = execute("executor.fails_explosively", "{}").await;
    assert_eq!(outcome, Outcome::Panicked);
    assert_eq!(answer["error"], "Function execution failed: no words");
    assert_eq!(answer["metadata"], json!({"executionId": "the-execution"}));
}

#[test]
fn a_long_text_is_logged_up_to_the_end_of_a_character() {
    assert_eq!(shortened("short"), "short");
    assert_eq!(shortened(&"€".repeat(1000)), "€".repeat(341));
}
