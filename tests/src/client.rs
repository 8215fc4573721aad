//! An HTTP client for tests.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(60);

/// A client that keeps its connections.
#[derive(Clone, Debug)]
pub struct Client(hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>);

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// Its body, as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

impl Client {
    /// A client that speaks HTTP/1.1.
    #[must_use]
    pub fn http1() -> Self {
        let builder = hyper_util::client::legacy::Client::builder(TokioExecutor::new());
        Self(builder.build(HttpConnector::new()))
    }

    /// A client that speaks HTTP/2 without TLS and without asking before.
    #[must_use]
    pub fn http2() -> Self {
        let mut builder = hyper_util::client::legacy::Client::builder(TokioExecutor::new());
        Self(builder.http2_only(true).build(HttpConnector::new()))
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        let answer = async {
            let response = self.0.request(request).await?;
            let (parts, body) = response.into_parts();
            Ok(Answer {
                status: parts.status,
                headers: parts.headers,
                body: body.collect().await?.to_bytes(),
            })
        };
        tokio::time::timeout(PATIENCE, answer).await?
    }

    /// Gets a URL.
    pub async fn get(&self, url: &str) -> Answer {
        let request = Request::builder().uri(url).body(Full::default()).unwrap();
        self.send(request).await.expect("the server answers")
    }

    /// Posts JSON to a URL.
    pub async fn post(&self, url: &str, body: impl Into<Bytes>) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(url)
            .header("content-type", "application/json")
            .body(Full::new(body.into()))
            .unwrap();
        self.send(request).await.expect("the server answers")
    }
}

/// The body of a request to `/exec`.
#[must_use]
pub fn call(function: &str, args: &Value) -> String {
    serde_json::json!({"executionId": "test", "functionName": function, "args": args}).to_string()
}
