//! Each example starts and answers.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use functions_tests::{Client, call};
use serde_json::{Value, json};

use crate::{binary, start};

/// The result of one call to an example that is started for it.
async fn result(example: &str, function: &str, args: Value) -> Value {
    let server = start(example).await;
    let answer = Client::http1()
        .post(&server.url("/exec"), call(function, &args))
        .await;
    let answer = answer.json();
    assert_eq!(answer["success"], true, "{example}: {answer}");
    answer["result"].clone()
}

#[tokio::test]
async fn the_server_has_the_functions_of_the_original() {
    let server = start("server").await;
    let client = Client::http1();
    let numbers = json!({"numbers": [1, 2.5, 4]});
    let stats = json!({"min": 1.0, "max": 4.0, "avg": 2.5, "sum": 7.5, "count": 3});
    for (function, args, result) in [
        ("count_invoices", json!({"includePaid": true}), json!(42)),
        ("add_numbers", json!({"a": 5, "b": 3}), json!(8)),
        ("calculate_sum", json!({"a": 5, "b": 3}), json!(8)),
        ("multiply", json!({"x": 2.5, "y": 4}), json!(10.0)),
        ("divide", json!({"a": 1, "b": 4}), json!(0.25)),
        ("calculate_stats", numbers, stats),
        ("echo", json!({"message": "Hi"}), json!("Echo: Hi")),
        (
            "slow_operation",
            json!({"duration": 0}),
            json!("Operation completed after 0.0 seconds"),
        ),
    ] {
        let body = call(function, &args);
        let answer = client.post(&server.url("/exec"), body).await.json();
        assert_eq!(answer["result"], result, "{function}: {answer}");
    }
    for (function, args) in [
        ("generate_user", json!({})),
        ("get_user_data", json!({"user_id": 7})),
    ] {
        let body = call(function, &args);
        let answer = client.post(&server.url("/exec"), body).await.json();
        let keys: Vec<_> = answer["result"].as_object().unwrap().keys().collect();
        let expected = ["created_at", "email", "id", "is_active", "name"];
        assert_eq!(keys, expected, "{function}: {answer}");
    }
}

#[tokio::test]
async fn the_smallest_server_greets() {
    let result = result("hello", "hello", json!({"name": "Ada"})).await;
    assert_eq!(result, "Hello, Ada!");
}

#[tokio::test]
async fn a_function_answers_to_its_other_name() {
    let result = result("custom_names", "shop.quote", json!({"numberOfPieces": 4})).await;
    assert_eq!(result, 1_000);
}

#[tokio::test]
async fn functions_that_can_fail_need_not() {
    let result = result("error_handling", "add_up", json!({"text": "1 2 3"})).await;
    assert_eq!(result, 6);
}

#[tokio::test]
async fn the_cause_of_an_error_is_in_the_log_and_not_in_the_answer() {
    let server = start("error_handling").await;
    let body = call("add_up", &json!({"text": "1 two"}));
    let answer = Client::http1().post(&server.url("/exec"), body).await;
    assert_eq!(
        answer.json()["error"],
        "Function execution failed: 'two' is no whole number"
    );
    let line = server
        .line("that the function failed", |line| {
            line["function_name"] == "add_up" && line["status"] == "error"
        })
        .await;
    let told = line["exc_info"].as_str().unwrap();
    assert!(told.contains("invalid digit found in string"), "{told}");
}

#[tokio::test]
async fn types_of_ones_own_go_in_and_out() {
    let lines = json!([{"article": "pen", "price": 5, "quantity": 2}]);
    let order = json!({"customer": {"name": "Ada"}, "lines": lines});
    let result = result("complex_types", "place_order", json!({"order": order})).await;
    let expected = json!({"total": 10, "pieces": {"pen": 2}, "status": "accepted"});
    assert_eq!(result, expected);
}

#[tokio::test]
async fn long_work_tells_how_far_it_is_under_the_name_of_its_execution() {
    let server = start("long_running").await;
    let body = call("count_primes", &json!({"below": 30_000}));
    let answer = Client::http1().post(&server.url("/exec"), body).await;
    assert_eq!(answer.json()["result"], 3_245);
    let progress = |line: &Value| line["message"] == "Counting" && line["execution_id"] == "test";
    server.line("how far it is", progress).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_note_is_kept_in_the_database() {
    let result = result("state", "add_note", json!({"text": "buy pens"})).await;
    assert_eq!(result, 1);
}

#[tokio::test]
async fn the_tested_functions_run_outside_of_tests_as_well() {
    let result = result("tested", "double", json!({"number": 21})).await;
    assert_eq!(result, 42);
}

/// A process that ends with its test.
struct App(Child);

impl Drop for App {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn an_axum_app_serves_functions_beside_its_own_routes_and_keeps_its_log() {
    let child = binary("axum_app")
        .env("PORT", "0")
        .stdout(Stdio::piped())
        .spawn();
    let mut app = App(child.expect("the example is built beside its tests"));
    let mut log = BufReader::new(app.0.stdout.take().unwrap()).lines();
    let first = log.next().unwrap().unwrap();
    let (_, address) = first.split_once("Listening on ").expect(&first);

    let client = Client::http1();
    let hello = client.get(&format!("{address}/hello")).await;
    assert_eq!(hello.body, "Hello from the app");
    let url = format!("{address}/faas/exec");
    let answer = client
        .post(&url, call("shout", &json!({"text": "hello"})))
        .await;
    assert_eq!(answer.json()["result"], "HELLO");

    // The lines of the function and of its execution, as the app's own subscriber
    // writes them.
    let line = log.next().unwrap().unwrap();
    assert!(line.contains("Shouting"), "{line}");
    assert!(line.contains("execution_id=\"test\""), "{line}");
    let line = log.next().unwrap().unwrap();
    assert!(line.contains("Function executed"), "{line}");
}
