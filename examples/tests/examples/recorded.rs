//! What the Python original answered, call by call.
//!
//! `tests/exec-cases.jsonl` holds requests and the answers that were recorded. What an
//! error says beyond the part that the protocol promises is each server's own.

use functions_tests::{Client, Server};
use serde::Deserialize;
use serde_json::Value;

use crate::binary;

const CASES: &str = include_str!("../../../tests/exec-cases.jsonl");

#[derive(Deserialize)]
struct Case {
    case: String,
    body: String,
    status: u16,
    response: Value,
}

/// The beginning of an error that is part of the protocol; what follows is up to the
/// server.
fn promised(error: &str) -> &str {
    match error.strip_prefix("Invalid arguments for function '") {
        Some(rest) => {
            let name = rest.find("': ").map_or(rest.len(), |at| at + "': ".len());
            let detail = rest.len() - name;
            &error[..error.len() - detail]
        }
        None => error,
    }
}

fn equal(recorded: &Value, given: &Value) -> bool {
    match (recorded, given) {
        (Value::Number(recorded), Value::Number(given)) => recorded.as_f64() == given.as_f64(),
        (Value::Array(recorded), Value::Array(given)) => {
            recorded.len() == given.len()
                && recorded
                    .iter()
                    .zip(given)
                    .all(|(one, other)| equal(one, other))
        }
        (Value::Object(recorded), Value::Object(given)) => {
            recorded.len() == given.len()
                && recorded.iter().all(|(key, one)| {
                    given
                        .get(key)
                        .is_some_and(|other| key == "timestamp" || equal(one, other))
                })
        }
        _ => recorded == given,
    }
}

fn same_error(recorded: &Value, given: &Value) -> bool {
    match (recorded.as_str(), given.as_str()) {
        (Some(recorded), Some(given)) => given.starts_with(promised(recorded)),
        _ => recorded == given,
    }
}

fn holds(case: &Case, status: u16, given: &Value) -> bool {
    let recorded = &case.response;
    status == case.status
        && match status {
            422 => recorded["detail"][0]["loc"] == given["detail"][0]["loc"],
            _ => {
                recorded["success"] == given["success"]
                    && equal(&recorded["result"], &given["result"])
                    && recorded["metadata"] == given["metadata"]
                    && same_error(&recorded["error"], &given["error"])
            }
        }
}

#[tokio::test]
async fn every_recorded_call_is_answered_as_the_original_answered_it() {
    // The recording was made with a deadline of a second.
    let server = Server::start(binary("server").env("CRBR_FUNCTIONS_TIMEOUT", "1")).await;
    let client = Client::http1();
    let mut failed = Vec::new();
    let mut cases = 0;
    for line in CASES.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let answer = client.post(&server.url("/exec"), case.body.clone()).await;
        let given = answer.json();
        if !holds(&case, answer.status.as_u16(), &given) {
            let Case { case, response, .. } = case;
            failed.push(format!(
                "{case}:\n  recorded {response}\n  given    {given}"
            ));
        }
        cases += 1;
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(cases > 20, "only {cases} cases");
}
