//! The baseline: the least that axum can do for the same call. Its body and answer
//! are typed as a function's are, and there are no logs, deadlines or limits.

#![allow(clippy::print_stdout, reason = "it says where it listens")]

use axum::{Json, Router, routing::post};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    execution_id: String,
    #[serde(rename = "functionName")]
    _function_name: String,
    args: Arguments,
}

#[derive(Deserialize)]
struct Arguments {
    a: i64,
    b: i64,
}

#[derive(Serialize)]
struct Answer {
    success: bool,
    result: Option<i64>,
    error: Option<String>,
    metadata: Metadata,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    execution_id: String,
}

async fn exec(Json(request): Json<Request>) -> Json<Answer> {
    Json(Answer {
        success: true,
        result: Some(request.args.a + request.args.b),
        error: None,
        metadata: Metadata {
            execution_id: request.execution_id,
        },
    })
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let port = match std::env::var("CRBR_FUNCTIONS_PORT") {
        Ok(port) => port.parse()?,
        Err(_) => 8000,
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("{{\"address\":\"{}\"}}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/exec", post(exec))).await?;
    Ok(())
}
