//! `POST /api/v1/functions/wasm/run-embedded`: a module that comes with its input, runs
//! once, and is not kept.

use std::borrow::Cow;
use std::collections::HashMap;
use std::future::ready;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;

use super::invalid::Invalid;
use super::modules::HANDLER;
use super::problem::Problem;
use super::{App, outcome};
use crate::engine::{Fault, Metering};
use crate::modules::Digest;

#[derive(Serialize)]
struct Answer {
    result: String,
}

/// What a request holds, with the module decoded.
struct Embedded {
    module: Vec<u8>,
    handler: String,
    input: String,
}

pub(super) async fn run(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, Problem> {
    let tenant = app.tenants.of(request.headers())?;
    // Its place is kept to the end, since what is made of it is as large.
    let body = app.bodies.read(request.into_body()).await?;
    let text = body.bytes();
    let read = tokio::task::spawn_blocking(move || {
        let embedded = read(&text)?;
        let module = Bytes::from(embedded.module);
        let digest = Digest::of(&module);
        Ok::<_, Problem>((digest, module, embedded.handler, embedded.input))
    });
    let read = read.await.map_err(|error| Problem::of_host(&error))?;
    let (digest, module, handler, input) = read?;
    app.inspect(module.clone(), handler.clone()).await?;
    let module = app
        .engine
        .prepare(digest.into(), Metering::Time, ready(Ok(module)))
        .await?;
    let output = outcome::run(&app, &module, tenant, handler, input.into()).await?;
    let result = String::from_utf8(output.into()).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        Fault::Abi(format!("its output is no UTF-8 after {valid} bytes"))
    })?;
    drop(body);
    Ok(Json(Answer { result }).into_response())
}

/// Of a repeated key the last one counts, and unknown ones are passed over.
fn read(body: &[u8]) -> Result<Embedded, Problem> {
    let keys: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(body).map_err(|error| {
        let msg = format!("Input should be a JSON object: {error}");
        Invalid::wrong("json_invalid", &["body"], msg, None)
    })?;
    let module = required(&keys, "wasm_module_b64")?;
    let input = required(&keys, "input_data")?;
    let handler = text(&keys, "handler_function")?;
    let module = BASE64_STANDARD.decode(&*module).map_err(|error| {
        let detail = format!("wasm_module_b64 is not base64: {error}");
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })?;
    Ok(Embedded {
        module,
        handler: handler.map_or_else(|| HANDLER.to_owned(), Cow::into_owned),
        input: input.into_owned(),
    })
}

type Keys<'a> = HashMap<Cow<'a, str>, &'a RawValue>;

fn required<'a>(keys: &Keys<'a>, key: &'static str) -> Result<Cow<'a, str>, Invalid> {
    text(keys, key)?.ok_or_else(|| Invalid::missing(&["body", key]))
}

fn text<'a>(keys: &Keys<'a>, key: &'static str) -> Result<Option<Cow<'a, str>>, Invalid> {
    #[derive(serde::Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

    let Some(raw) = keys.get(key) else {
        return Ok(None);
    };
    match serde_json::from_str::<Text<'a>>(raw.get()) {
        Ok(Text(text)) => Ok(Some(text)),
        Err(_) => {
            let msg = "Input should be a valid string";
            Err(Invalid::wrong(
                "string_type",
                &["body", key],
                msg,
                Some(raw.get()),
            ))
        }
    }
}
