//! Calls that are as they should be.

use bytes::Bytes;
use functions_tests::{Client, call};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::start;

#[tokio::test]
async fn a_call_is_answered_with_four_keys_in_their_order() {
    let server = start(&[]).await;
    let answer = Client::http1()
        .post(
            &server.url("/exec"),
            call("echo", &json!({"value": [1, "a"]})),
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(
        answer.body,
        r#"{"success":true,"result":[1,"a"],"error":null,"metadata":{"executionId":"test"}}"#
    );
}

#[tokio::test]
async fn http2_without_tls_is_spoken_as_well() {
    let server = start(&[]).await;
    let client = Client::http2();
    let url = server.url("/exec");
    let body = call("echo", &json!({"value": 7}));
    let calls = (0..20).map(|_| {
        let (client, url, body) = (client.clone(), url.clone(), body.clone());
        tokio::spawn(async move { client.post(&url, body).await })
    });
    for answer in calls.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap().json()["result"], 7);
    }
}

#[tokio::test]
async fn a_function_has_a_path_of_its_own_that_takes_its_arguments() {
    let server = start(&[]).await;
    let request = |body: &'static str| {
        Request::builder()
            .method(Method::POST)
            .uri(server.url("/functions/length"))
            .header("content-type", "application/json")
            .header("x-execution-id", "mine")
            .body(Full::new(Bytes::from_static(body.as_bytes())))
            .unwrap()
    };
    let client = Client::http1();
    let answer = client.send(request(r#"{"text": "four"}"#)).await.unwrap();
    assert_eq!(
        answer.json(),
        json!({"success": true, "result": 4, "error": null, "metadata": {"executionId": "mine"}})
    );
    let malformed = client.send(request("[]")).await.unwrap();
    assert_eq!(malformed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(malformed.json()["detail"][0]["loc"], json!(["body"]));
}

#[tokio::test]
async fn an_execution_that_nobody_named_is_given_a_name() {
    let server = start(&[]).await;
    let client = Client::http1();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let url = server.url("/functions/not_a_number");
        let answer = client.post(&url, "").await.json();
        ids.push(
            answer["metadata"]["executionId"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[0].len(), 36);
}

#[tokio::test]
async fn a_function_is_told_of_its_call() {
    let server = start(&[
        ("CRBR_DEPLOYMENT_ID", "green"),
        ("CRBR_FUNCTIONS_TIMEOUT", "12.5"),
    ])
    .await;
    let request = Request::builder()
        .method(Method::POST)
        .uri(server.url("/functions/tells_its_context"))
        .header("X-Execution-Id", "e1")
        .header("X-Tenant", "blue")
        .body(Full::default())
        .unwrap();
    let answer = Client::http1().send(request).await.unwrap();
    assert_eq!(
        answer.json()["result"],
        json!(["e1", "tells_its_context", "green", "12.5", "blue"])
    );
}

#[tokio::test]
async fn what_went_wrong_before_a_function_has_the_shape_of_the_contract() {
    let server = start(&[]).await;
    let client = Client::http1();
    let detail =
        |answer: &functions_tests::Answer| answer.json()["detail"].as_str().map(str::to_owned);

    let unknown = client.get(&server.url("/nothing")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.json(), json!({"detail": "Not Found"}));

    let method = client.get(&server.url("/exec")).await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(method.json(), json!({"detail": "Method Not Allowed"}));
    assert_eq!(method.headers["allow"], "POST");

    let form = Request::builder()
        .method(Method::POST)
        .uri(server.url("/exec"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from_static(b"a=1")))
        .unwrap();
    let form = client.send(form).await.unwrap();
    assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(detail(&form).unwrap().contains("application/json"));

    let function = client.get(&server.url("/functions/nothing")).await;
    assert_eq!(function.status, StatusCode::NOT_FOUND);
    assert_eq!(detail(&function).unwrap(), "Function 'nothing' not found");
}

#[tokio::test]
async fn readiness_tells_what_may_be_called() {
    let server = start(&[("CRBR_DEPLOYMENT_ID", "d")]).await;
    let answer = Client::http1().get(&server.url("/ready")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let ready = answer.json();
    assert_eq!(ready["status"], "ready");
    assert_eq!(ready["deployment_id"], "d");
    let functions = ready["functions"].as_array().unwrap();
    assert_eq!(ready["function_count"], functions.len());
    assert!(functions.contains(&Value::from("echo")));
    assert_eq!(ready["rabbitmq_enabled"], false);
    assert_eq!(ready["rabbitmq_connected"], false);
}

#[tokio::test]
async fn pages_of_other_origins_may_call_once_that_is_set_and_not_before() {
    let preflight = |url: String| {
        Request::builder()
            .method(Method::OPTIONS)
            .uri(url)
            .header("origin", "https://app.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .body(Full::default())
            .unwrap()
    };
    let client = Client::http1();

    let closed = start(&[]).await;
    let answer = client.send(preflight(closed.url("/exec"))).await.unwrap();
    assert!(!answer.headers.contains_key("access-control-allow-origin"));

    let open = start(&[("CRBR_FUNCTIONS_CORS_ORIGINS", "https://app.example")]).await;
    let answer = client.send(preflight(open.url("/exec"))).await.unwrap();
    assert_eq!(
        answer.headers["access-control-allow-origin"],
        "https://app.example"
    );
}
