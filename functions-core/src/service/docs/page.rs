//! The page: Swagger UI, started by a script of our own.
//!
//! The crate that carries Swagger UI has a page as well, which writes the
//! request's path into its HTML as it came and needs a script inside it. So only
//! its script and its style are taken.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY};
use http::{HeaderMap, Request, StatusCode};
use swagger_ui_dist::{ApiDefinition, OpenApiSource};
use tokio::sync::OnceCell;
use tower::Service as _;

use super::asset::Asset;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// All from here, and nothing inline but what Swagger UI styles its elements with.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

pub(super) fn routes(title: &str) -> Router {
    let html = include_str!("page.html").replace("{title}", &escape(title));
    let page = Page {
        html: Asset::new(HTML, html),
        start: Asset::new(SCRIPT, include_str!("page.js")),
        script: OnceCell::new(),
        style: OnceCell::new(),
    };
    Router::new()
        .route("/docs", get(html_of))
        .route("/docs/", get(without_slash))
        .route("/docs/page.js", get(start_of))
        .route("/docs/swagger-ui.js", get(script_of))
        .route("/docs/swagger-ui.css", get(style_of))
        .with_state(Arc::new(page))
}

struct Page {
    html: Asset,
    start: Asset,
    script: OnceCell<Asset>,
    style: OnceCell<Asset>,
}

async fn html_of(State(page): State<Arc<Page>>, headers: HeaderMap) -> Response {
    let guarded = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (guarded, page.html.answer(&headers)).into_response()
}

/// The page's links are relative to a path without a slash.
async fn without_slash() -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, "../docs")]).into_response()
}

async fn start_of(State(page): State<Arc<Page>>, headers: HeaderMap) -> Response {
    page.start.answer(&headers)
}

async fn script_of(State(page): State<Arc<Page>>, headers: HeaderMap) -> Response {
    let load = || async { Asset::new(SCRIPT, swagger_ui("swagger-ui-bundle.js").await) };
    page.script.get_or_init(load).await.answer(&headers)
}

async fn style_of(State(page): State<Arc<Page>>, headers: HeaderMap) -> Response {
    let load = || async { Asset::new(STYLE, swagger_ui("swagger-ui.css").await) };
    page.style.get_or_init(load).await.answer(&headers)
}

/// A file of Swagger UI. It stays where it is in the binary: nothing is copied.
async fn swagger_ui(file: &str) -> Bytes {
    let mut files = swagger_ui_dist::generate_routes(ApiDefinition {
        uri_prefix: "/docs",
        api_definition: OpenApiSource::Uri(""),
        title: None,
    });
    let request = Request::get(format!("/docs/{file}")).body(Body::empty());
    let Ok(request) = request else {
        return Bytes::new();
    };
    let Ok(response) = files.call(request).await;
    to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap_or_default()
}

/// `text` as it is written between tags.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
