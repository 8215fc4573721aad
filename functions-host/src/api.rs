//! The host over HTTP.
//!
//! Nothing is decided in here: a request is read within its bounds, handed to the rooms
//! that know what to do, and what they say becomes an answer. Whatever goes wrong, the
//! body of the answer is `{"detail": …}`.

mod app;
mod change;
mod content;
mod dead_letters;
mod embedded;
mod executions;
mod form;
mod functions;
mod health;
mod id;
mod invalid;
mod invoke;
mod keys;
mod metrics;
mod modules;
mod outcome;
mod problem;
mod query;
mod status;
mod tenants;
mod terms;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use functions_core::service::detail::Detail;
use functions_core::service::docs;
use tower_http::catch_panic::CatchPanicLayer;

pub use app::{App, AppConfig, Rooms};
pub use tenants::Tenants;

/// How much more than the file a form may hold: its other fields, and what is between.
const FORM_OVERHEAD: u64 = 256 << 10;

/// All paths of a host.
pub fn router(app: Arc<App>) -> Router {
    let form = app.max_module_bytes.saturating_add(FORM_OVERHEAD);
    let form = usize::try_from(form).unwrap_or(usize::MAX);
    let modules = get(modules::list).post(modules::upload);
    Router::new()
        .route("/", get(async || Redirect::temporary(docs::ENTRANCE)))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route(
            "/api/v1/wasm-modules",
            modules.layer(DefaultBodyLimit::max(form)),
        )
        .route(
            "/api/v1/wasm-modules/{module_id}",
            get(modules::one)
                .patch(change::change)
                .delete(modules::remove),
        )
        .route(
            "/api/v1/wasm-modules/{module_id}/content",
            get(content::content),
        )
        .route(
            "/api/v1/wasm-modules/{module_id}/invoke",
            post(invoke::invoke),
        )
        .route("/api/v1/functions/wasm/run-embedded", post(embedded::run))
        .route(
            "/api/v1/functions",
            get(functions::list).post(functions::deploy_code),
        )
        .route(
            "/api/v1/functions/{function_name}",
            get(functions::one).delete(functions::remove),
        )
        .route("/api/v1/wasm-functions", post(functions::deploy_image))
        .route(
            "/api/v1/function-servers",
            get(functions::list_servers).post(functions::deploy_server),
        )
        .route(
            "/api/v1/function-servers/{deployment_id}",
            get(functions::one_server).delete(functions::remove_server),
        )
        .route(
            "/api/v1/executions",
            get(executions::list).post(executions::submit),
        )
        .route("/api/v1/executions/stream", get(executions::stream))
        .route("/api/v1/executions/{execution_id}", get(executions::one))
        .route(
            "/api/v1/executions/{execution_id}/retry",
            post(executions::retry),
        )
        .route("/api/v1/dead-letters", get(dead_letters::list))
        .route(
            "/api/v1/dead-letters/{letter_id}",
            get(dead_letters::one).delete(dead_letters::discard),
        )
        .route(
            "/api/v1/dead-letters/{letter_id}/replay",
            post(dead_letters::replay),
        )
        .route("/api/v1/status", get(status::status))
        .route("/api/v1/status/rescan", post(status::rescan))
        .fallback(async || Detail::not_found())
        .method_not_allowed_fallback(async || Detail::method_not_allowed())
        .with_state(Arc::clone(&app))
        .merge(docs::routes("functions-host", || {
            include_bytes!("api/openapi.json").to_vec()
        }))
        .layer(CatchPanicLayer::custom(broken))
        .layer(middleware::from_fn_with_state(app, count))
}

/// Counts a request as long as its answer is made, so that an end can wait for it.
async fn count(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    app.running.track_future(next.run(request)).await
}

fn broken(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(
        exc_info = text.unwrap_or("a value that is no text"),
        "Answering a request panicked"
    );
    Detail::internal().into_response()
}
