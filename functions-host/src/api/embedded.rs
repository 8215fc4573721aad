//! `POST /api/v1/functions/wasm/run-embedded`: a module that comes with its input, runs
//! once, and is not kept.

use std::borrow::Cow;
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

use super::keys::Keys;
use super::modules::HANDLER;
use super::problem::Problem;
use super::{App, outcome};
use crate::engine::{Call, Fault};
use crate::metrics::Trigger;
use crate::modules::Digest;
use crate::policy::LimitSet;

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
    app.inspect(module.clone(), handler.clone(), Arc::default())
        .await?;
    let limits = app.policy.limits(&tenant, &LimitSet::default());
    let module = app
        .engine
        .prepare(digest.into(), limits.metering(), ready(Ok(module)))
        .await?;
    let call = Call {
        tenant,
        handler: handler.into(),
        input: input.into(),
        // What comes along is granted nothing.
        environment: Vec::new(),
        http: Arc::default(),
        limits,
    };
    let output = outcome::run(&app, Trigger::Embedded, &module, call).await?;
    let result = String::from_utf8(output.into()).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        Fault::Abi(format!("its output is no UTF-8 after {valid} bytes"))
    })?;
    drop(body);
    Ok(Json(Answer { result }).into_response())
}

fn read(body: &[u8]) -> Result<Embedded, Problem> {
    let keys = Keys::read(body)?;
    let module = keys.required("wasm_module_b64")?;
    let input = keys.required("input_data")?;
    let handler = keys.text("handler_function")?;
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
