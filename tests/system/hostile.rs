//! Calls that mean no good.

use functions_tests::{Answer, Client, Server, call};
use http::StatusCode;
use serde_json::{Value, json};

use crate::start;

async fn exec(server: &Server, body: impl Into<bytes::Bytes>) -> Answer {
    Client::http1().post(&server.url("/exec"), body).await
}

async fn is_alive(server: &Server) -> bool {
    let answer = exec(server, call("echo", &json!({"value": true}))).await;
    answer.json()["result"] == true
}

#[tokio::test]
async fn arguments_of_a_megabyte_are_read() {
    let server = start(&[]).await;
    let body = call("length", &json!({"text": "é".repeat(512 * 1024)}));
    assert_eq!(exec(&server, body).await.json()["result"], 1024 * 1024);
}

#[tokio::test]
async fn a_result_of_many_megabytes_is_answered_whole() {
    let server = start(&[]).await;
    let answer = exec(&server, call("large", &json!({"bytes": 20_000_000}))).await;
    assert_eq!(answer.json()["result"].as_str().unwrap().len(), 20_000_000);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_as_json() {
    let server = start(&[("CRBR_FUNCTIONS_MAX_BODY_BYTES", "1000")]).await;
    let answer = exec(&server, vec![b' '; 1001]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("1000 bytes"), "{detail}");
    assert!(is_alive(&server).await);
}

#[tokio::test]
async fn values_nested_without_end_are_refused_wherever_they_stand() {
    let server = start(&[]).await;
    let bomb = "[".repeat(1_000_000);
    let closed = format!("{bomb}{}", "]".repeat(1_000_000));

    let open = exec(&server, bomb).await;
    assert_eq!(open.status, StatusCode::UNPROCESSABLE_ENTITY);

    let typed =
        format!(r#"{{"executionId":"i","functionName":"length","args":{{"text":{closed}}}}}"#);
    let typed = exec(&server, typed).await.json();
    assert_eq!(typed["success"], false);

    let any = format!(r#"{{"executionId":"i","functionName":"echo","args":{{"value":{closed}}}}}"#);
    let any = exec(&server, any).await.json();
    let error = any["error"].as_str().unwrap();
    assert!(error.contains("recursion limit"), "{error}");
    assert!(error.len() < 2048, "{} bytes of error", error.len());

    let ignored =
        format!(r#"{{"x":{closed},"executionId":"i","functionName":"echo","args":{{"value":1}}}}"#);
    assert_eq!(exec(&server, ignored).await.json()["result"], 1);
}

#[tokio::test]
async fn of_a_repeated_key_the_last_one_counts_inside_arguments_too() {
    let server = start(&[]).await;
    let body = r#"{"executionId":"i","functionName":"echo","args":{"value":1,"value":2}}"#;
    assert_eq!(exec(&server, body).await.json()["result"], 2);
}

#[tokio::test]
async fn a_result_that_json_cannot_hold_is_null() {
    let server = start(&[]).await;
    let answer = exec(&server, call("not_a_number", &json!({}))).await.json();
    assert_eq!(
        (&answer["success"], &answer["result"]),
        (&true.into(), &Value::Null)
    );
}

#[tokio::test]
async fn numbers_that_are_too_large_are_told_by_the_name_of_their_argument() {
    let server = start(&[]).await;
    for number in ["1e999", "99999999999999999999999", "-1", "1.5", "NaN"] {
        let body = format!(
            r#"{{"executionId":"i","functionName":"sleeps","args":{{"milliseconds":{number}}}}}"#
        );
        let answer = exec(&server, body).await;
        if number == "NaN" {
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        } else {
            let answer = answer.json();
            let error = answer["error"].as_str().unwrap();
            assert!(
                error.starts_with("Invalid arguments for function 'sleeps': args.milliseconds: "),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused() {
    let server = start(&[]).await;
    let mut body = call("length", &json!({"text": "?"})).into_bytes();
    for byte in &mut body {
        if *byte == b'?' {
            *byte = 0xff;
        }
    }
    let answer = exec(&server, body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["detail"][0]["type"], "json_invalid");
    assert!(is_alive(&server).await);
}

#[tokio::test]
async fn a_name_with_a_nul_is_a_name_that_nobody_has() {
    let server = start(&[]).await;
    let answer = exec(&server, call("ec\0ho", &json!({}))).await.json();
    assert_eq!(answer["error"], "Function 'ec\0ho' not found");
    let path = Client::http1()
        .post(&server.url("/functions/ec%00ho"), "{}")
        .await;
    assert_eq!(path.json()["error"], "Function 'ec\0ho' not found");
}

#[tokio::test]
async fn an_execution_id_of_a_megabyte_comes_back_whole() {
    let server = start(&[]).await;
    let id = "i".repeat(1024 * 1024);
    let body = json!({"executionId": id, "functionName": "echo", "args": {"value": 1}});
    let answer = exec(&server, body.to_string()).await.json();
    assert_eq!(answer["metadata"]["executionId"], id);
    let line = server
        .line("that it ended", |line| line["status"] == "success")
        .await;
    assert_eq!(line["execution_id"], id[..1024]);
}
