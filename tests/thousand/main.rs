//! A server of a thousand functions.

use functions_core::testing::TestServer;
use functions_core::{Function, FunctionServer, Registry, function};
use functions_tests::{Client, call};
use serde_json::{Value, json};

include!(concat!(env!("OUT_DIR"), "/thousand.rs"));

async fn start() -> TestServer {
    TestServer::start(FunctionServer::new()).await.unwrap()
}

fn names(functions: &Value) -> Vec<&str> {
    let functions = functions.as_array().unwrap().iter();
    functions
        .map(|function| {
            function["name"]
                .as_str()
                .or(function.as_str())
                .expect("it is a function or its name")
        })
        .collect()
}

fn expected() -> Vec<String> {
    (1..=1000)
        .map(|number| format!("add_{number:04}"))
        .collect()
}

#[tokio::test]
async fn a_thousand_functions_are_listed_in_order_wherever_functions_are_listed() {
    let server = start().await;
    let client = Client::http1();

    let ready = client.get(&server.url("/ready")).await.json();
    assert_eq!(ready["function_count"], 1000);
    assert_eq!(names(&ready["functions"]), expected());

    let listed = client.get(&server.url("/functions")).await.json();
    assert_eq!(names(&listed), expected());
    assert_eq!(listed[999]["description"], "Adds 1000.");

    let openapi = client.get(&server.url("/openapi.json")).await.json();
    let paths = openapi["paths"].as_object().unwrap();
    for name in expected() {
        assert!(paths.contains_key(&format!("/functions/{name}")), "{name}");
    }
}

#[tokio::test]
async fn each_of_a_thousand_functions_is_called_by_its_name() {
    let server = start().await;
    let client = Client::http1();
    for (number, name) in (1..).zip(expected()) {
        let body = call(&name, &json!({"to": 1000}));
        let answer = client.post(&server.url("/exec"), body).await.json();
        assert_eq!(answer["result"], 1000 + number);
    }
    let answer = client
        .post(&server.url("/functions/add_1000"), r#"{"to": 1}"#)
        .await;
    assert_eq!(answer.json()["result"], 1001);
    let answer = client
        .post(&server.url("/exec"), call("add_1001", &json!({})))
        .await;
    assert_eq!(answer.json()["error"], "Function 'add_1001' not found");
}

#[test]
fn of_a_thousand_functions_only_those_of_one_name_are_told_apart() {
    let functions = Registry::collect().unwrap();
    let twin: &'static Function = Box::leak(Box::new(*functions.get("add_0500").unwrap()));
    let error = Registry::new(functions.iter().chain([twin])).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("the function name 'add_0500' is taken 2 times: "),
        "{text}"
    );
    assert_eq!(text.matches("thousand.rs:").count(), 2, "{text}");
    assert!(!text.contains("add_0501"), "{text}");
}
