//! What a server says of its functions.

use std::process::Command;

use functions_tests::Client;
use http::StatusCode;
use serde_json::Value;

use crate::{fixture, start};

#[tokio::test]
async fn functions_are_described_with_their_schemas() {
    let server = start(&[]).await;
    let client = Client::http1();
    let all = client.get(&server.url("/functions")).await.json();
    let one = client
        .get(&server.url("/functions/short_of_time"))
        .await
        .json();
    assert!(all.as_array().unwrap().contains(&one));
    assert_eq!(one["name"], "short_of_time");
    assert_eq!(one["timeout"], 0.2);
    assert_eq!(one["arguments"][0]["name"], "seconds");
    assert_eq!(one["arguments"][0]["schema"]["type"], "number");
    assert_eq!(one["returns"]["type"], "null");
}

#[tokio::test]
async fn the_front_door_leads_to_the_documentation() {
    let server = start(&[]).await;
    let client = Client::http1();
    let front = client.get(&server.url("/")).await;
    assert!(front.status.is_redirection());
    assert_eq!(front.headers["location"], "docs");
    let docs = client.get(&server.url("/docs")).await;
    assert_eq!(docs.status, StatusCode::OK);
    let openapi = client.get(&server.url("/openapi.json")).await.json();
    assert_eq!(openapi["openapi"], "3.1.0");
    assert!(openapi["paths"]["/functions/echo"]["post"].is_object());
}

#[tokio::test]
async fn the_documentation_can_be_switched_off() {
    let server = start(&[("CRBR_FUNCTIONS_DOCS", "false")]).await;
    let client = Client::http1();
    for path in ["/", "/docs", "/openapi.json"] {
        let answer = client.get(&server.url(path)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_server_describes_itself_and_ends() {
    let text = printed(fixture().env("CRBR_FUNCTIONS_DESCRIBE", "1"));
    let functions: Vec<Value> = serde_json::from_str(&text).unwrap();
    let names: Vec<_> = functions
        .iter()
        .map(|f| f["name"].as_str().unwrap())
        .collect();
    assert!(names.is_sorted());
    assert!(names.contains(&"echo"));
}

#[test]
fn a_server_lists_its_settings_and_ends() {
    let text = printed(fixture().env("CRBR_FUNCTIONS_HELP", "1"));
    assert!(text.contains("CRBR_FUNCTIONS_MAX_BODY_BYTES"));
}

#[test]
fn a_setting_that_cannot_be_understood_stops_the_start_in_one_line() {
    let output = fixture()
        .env("CRBR_FUNCTIONS_PORT", "http")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        text.trim_end(),
        "Error: CRBR_FUNCTIONS_PORT is 'http'; allowed: a whole number from 0 to 65535"
    );
}

#[test]
fn a_port_that_is_taken_stops_the_start_with_advice() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let output = fixture()
        .env("CRBR_FUNCTIONS_HOST", "127.0.0.1")
        .env("CRBR_FUNCTIONS_PORT", address.port().to_string())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(&address.to_string()), "{text}");
    assert!(text.contains("Another program listens there"), "{text}");
}

#[test]
fn two_functions_of_one_name_stop_the_start_with_both_their_places() {
    let output = Command::new(env!("CARGO_BIN_EXE_twins")).output().unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.starts_with("Error: the function name 'twin' is taken 2 times: "),
        "{text}"
    );
    assert_eq!(text.matches("fixture/twins.rs:").count(), 2, "{text}");
}
