//! Requests byte by byte: what HTTP allows beside what most clients send.

use functions_tests::{Client, Server};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::start;

const CALL: &str = r#"{"executionId":"i","functionName":"echo","args":{"value":1}}"#;
const ANSWER: &str = r#"{"success":true,"result":1,"error":null,"metadata":{"executionId":"i"}}"#;

/// Sends `request` and reads until the server closes the connection.
async fn answer_to(server: &Server, request: impl AsRef<[u8]>) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(request.as_ref()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads until what was read ends with `end`.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        let byte = stream.read_u8().await;
        read.push(
            byte.unwrap_or_else(|error| {
                panic!("{error} after {:?}", String::from_utf8_lossy(&read))
            }),
        );
    }
    String::from_utf8(read).unwrap()
}

/// The JSON behind the head of an answer.
fn body_of(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {answer:?}"))
}

/// A request with a body, on a connection that it closes.
fn post(target: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\
         {headers}\r\n{body}"
    )
}

#[tokio::test]
async fn a_caller_of_http_1_0_is_answered_and_let_go() {
    let server = start(&[]).await;
    let length = CALL.len();
    let request = format!("POST /exec HTTP/1.0\r\ncontent-length: {length}\r\n\r\n{CALL}");
    let answer = answer_to(&server, request).await;
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with(ANSWER), "{answer}");
    assert!(!answer.contains("chunked"), "{answer}");

    let answer = answer_to(&server, "GET /openapi.json HTTP/1.0\r\n\r\n").await;
    assert_eq!(body_of(&answer)["openapi"], "3.1.0");
}

#[tokio::test]
async fn a_caller_who_waits_to_be_asked_for_a_large_body_is_asked() {
    let server = start(&[]).await;
    let text = "x".repeat(1_000_000);
    let args = json!({ "text": text });
    let body = functions_tests::call("length", &args);
    for (target, body) in [("/exec", body), ("/functions/length", args.to_string())] {
        let request = post(target, "expect: 100-continue\r\n", &body);
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(b"\r\n\r\n").await.unwrap();
        let interim = read_until(&mut stream, "\r\n\r\n").await;
        assert_eq!(interim, "HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert_eq!(body_of(&answer)["result"], 1_000_000);
    }
}

#[tokio::test]
async fn a_caller_who_waits_to_be_asked_for_too_large_a_body_is_not_asked() {
    let server = start(&[("CRBR_FUNCTIONS_MAX_BODY_BYTES", "1000")]).await;
    let head = "POST /exec HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1001\r\n\
                expect: 100-continue\r\n\r\n";
    let answer = answer_to(&server, head).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(body_of(&answer)["detail"].is_string());
}

#[tokio::test]
async fn a_body_in_chunks_is_put_together() {
    let server = start(&[]).await;
    let (first, second) = CALL.split_at(20);
    let request = format!(
        "POST /exec HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n\
         {:x};some=extension\r\n{first}\r\n{:X}\r\n{second}\r\n0\r\nx-trailer: 1\r\n\r\n",
        first.len(),
        second.len()
    );
    let answer = answer_to(&server, request).await;
    assert!(answer.ends_with(ANSWER), "{answer}");
}

#[tokio::test]
async fn chunks_that_are_too_many_or_none_are_refused_as_json() {
    let server = start(&[("CRBR_FUNCTIONS_MAX_BODY_BYTES", "1000")]).await;
    let chunk = format!("100\r\n{}\r\n", " ".repeat(256));
    for (chunks, status) in [(chunk.repeat(4), "413"), ("what\r\n".to_owned(), "400")] {
        let request = format!(
            "POST /exec HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             transfer-encoding: chunked\r\n\r\n{chunks}"
        );
        let answer = answer_to(&server, request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(body_of(&answer)["detail"].is_string(), "{answer}");
    }
}

#[tokio::test]
async fn requests_sent_ahead_are_answered_in_their_order() {
    let server = start(&[]).await;
    let slow = r#"{"milliseconds": 200}"#;
    let request = [
        post("/functions/sleeps", "", slow).replace("connection: close\r\n", ""),
        post("/exec", "", CALL).replace("connection: close\r\n", ""),
        "HEAD /ready HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        post("/exec", "", CALL),
    ]
    .concat();
    let answers = answer_to(&server, request).await;
    let answers: Vec<_> = answers.split("HTTP/1.1 ").skip(1).collect();
    assert_eq!(answers.len(), 5, "{answers:?}");
    assert!(answers[0].contains(r#""result":200,"#), "{answers:?}");
    assert!(answers[1].ends_with(ANSWER), "{answers:?}");
    assert!(answers[2].starts_with("200 OK") && answers[2].ends_with("\r\n\r\n"));
    assert!(answers[3].starts_with("404 "), "{answers:?}");
    assert!(answers[4].ends_with(ANSWER), "{answers:?}");
}

#[tokio::test]
async fn the_head_of_an_answer_is_that_of_the_whole_one() {
    let server = start(&[]).await;
    for path in ["/ready", "/functions", "/openapi.json"] {
        let request = format!(" {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let head = answer_to(&server, format!("HEAD{request}")).await;
        let whole = answer_to(&server, format!("GET{request}")).await;
        let (whole, body) = whole.split_once("\r\n\r\n").unwrap();
        assert!(!body.is_empty());
        let without_date = |head: &str| -> Vec<String> {
            let lines = head.trim_end().lines();
            lines
                .filter(|line| !line.starts_with("date:"))
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(without_date(&head), without_date(whole));
    }
}

#[tokio::test]
async fn a_name_in_a_path_may_be_encoded_and_a_query_does_not_matter() {
    let server = start(&[]).await;
    let body = r#"{"value": 1}"#;
    for target in [
        "/functions/%65ch%6F",
        "/functions/echo?trace=1",
        "/functions/echo?",
    ] {
        let answer = answer_to(&server, post(target, "", body)).await;
        assert_eq!(body_of(&answer)["result"], 1, "{target}");
    }
    let answer = answer_to(&server, post("/exec?trace=1", "", CALL)).await;
    assert!(answer.ends_with(ANSWER), "{answer}");

    let answer = answer_to(&server, post("/functions/a%2Fb%20%C3%A9", "", body)).await;
    assert_eq!(body_of(&answer)["error"], "Function 'a/b é' not found");
}

#[tokio::test]
async fn a_path_that_is_nearly_one_of_ours_is_not_found_in_the_shape_of_the_contract() {
    let server = start(&[]).await;
    for target in [
        "/exec/",
        "//exec",
        "/Exec",
        "/functions/",
        "/functions/echo/",
        "/functions/%ff",
        "/functions/..%2Fexec/x",
        "/ready/%00",
        "*",
    ] {
        let answer = answer_to(&server, post(target, "", "{}")).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{target}: {answer}");
        assert_eq!(body_of(&answer), json!({"detail": "Not Found"}), "{target}");
    }
    let get = "GET /functions/%ff HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert_eq!(
        body_of(&answer_to(&server, get).await),
        json!({"detail": "Not Found"})
    );
}

#[tokio::test]
async fn a_proxy_may_name_the_whole_address() {
    let server = start(&[]).await;
    let answer = answer_to(&server, post("http://example.org/exec", "", CALL)).await;
    assert!(answer.ends_with(ANSWER), "{answer}");
    let request =
        "GET http://example.org:80/ready?x HTTP/1.1\r\nhost: y\r\nconnection: close\r\n\r\n";
    assert_eq!(
        body_of(&answer_to(&server, request).await)["status"],
        "ready"
    );
}

#[tokio::test]
async fn nobody_is_led_through_the_server_to_another() {
    let server = start(&[]).await;
    let request =
        "CONNECT example.org:443 HTTP/1.1\r\nhost: example.org:443\r\nconnection: close\r\n\r\n";
    let answer = answer_to(&server, request).await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
}

#[tokio::test]
async fn headers_that_are_no_text_are_read_with_replacements() {
    let server = start(&[]).await;
    let request = [
        &b"POST /functions/tells_its_context HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"[..],
        b"x-tenant: a\xff\xc3\xa9\r\nx-execution-id: e\xfe\r\ncontent-length: 0\r\n\r\n",
    ]
    .concat();
    let answer = body_of(&answer_to(&server, request).await);
    assert_eq!(answer["result"][0], "e\u{fffd}");
    assert_eq!(answer["result"][4], "a\u{fffd}é");
    assert_eq!(answer["metadata"]["executionId"], "e\u{fffd}");
}

#[tokio::test]
async fn a_function_has_its_path_take_a_megabyte_and_tell_of_it_in_short() {
    let server = start(&[]).await;
    let client = Client::http1();
    let url = server.url("/functions/length");
    let text = "\\n".repeat(512 * 1024);
    let answer = client.post(&url, format!(r#"{{"text": "{text}"}}"#)).await;
    assert_eq!(answer.json()["result"], 512 * 1024);
    for wrong in [
        format!(r#"{{"text": ["{text}"]}}"#),
        format!(r#"{{"{text}": 1}}"#),
        format!(r#"{{"text": "{text}", "more": 1}}"#),
        format!(r#"["{text}"]"#),
        format!("{{{text}"),
    ] {
        let answer = client.post(&url, wrong).await;
        assert!(answer.json()["success"] != true, "{answer:?}");
        assert!(answer.body.len() < 8192, "{} bytes", answer.body.len());
    }
}
