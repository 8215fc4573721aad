//! The documentation of an HTTP service: its OpenAPI document, and a page on
//! which every operation can be read and tried.
//!
//! The page is Swagger UI, out of the binary: nothing is fetched from elsewhere,
//! neither when it is built nor when it is looked at. Its links are relative, so
//! that it works behind any prefix.
//!
//! Without the cargo feature `docs` there is only the document.

mod asset;
#[cfg(feature = "docs")]
mod page;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};
use tokio::sync::OnceCell;

use asset::Asset;

/// Where a reader begins: the page, or the document where there is no page.
/// Relative to the root of the routes.
pub const ENTRANCE: &str = if cfg!(feature = "docs") {
    "docs"
} else {
    "openapi.json"
};

const JSON: &str = "application/json";

/// Serves an OpenAPI document at `/openapi.json` and, with the cargo feature
/// `docs`, a page for it at `/docs`, whose title is `title`.
///
/// `document` returns the document as JSON. It runs when the document is asked for
/// first, on a thread that may block, and what it returns is kept. Where it panics
/// the answer is 500, and the next request tries again.
pub fn routes(title: &str, document: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Router {
    let document = Document {
        make: Arc::new(document),
        made: OnceCell::new(),
    };
    let routes = Router::new()
        .route("/openapi.json", get(serve))
        .with_state(Arc::new(document));
    with_page(routes, title)
}

#[cfg(feature = "docs")]
fn with_page(routes: Router, title: &str) -> Router {
    routes.merge(page::routes(title))
}

#[cfg(not(feature = "docs"))]
fn with_page(routes: Router, _: &str) -> Router {
    routes
}

struct Document {
    make: Arc<dyn Fn() -> Vec<u8> + Send + Sync>,
    made: OnceCell<Asset>,
}

impl Document {
    async fn get(&self) -> Result<&Asset, NotMade> {
        let make = || async {
            let make = Arc::clone(&self.make);
            let json = tokio::task::spawn_blocking(move || make()).await;
            json.map(|json| Asset::new(JSON, json)).map_err(|_| NotMade)
        };
        self.made.get_or_try_init(make).await
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").finish_non_exhaustive()
    }
}

/// The document could not be made.
struct NotMade;

impl IntoResponse for NotMade {
    fn into_response(self) -> Response {
        let body = r#"{"detail":"The OpenAPI document could not be made"}"#;
        let json = [(header::CONTENT_TYPE, JSON)];
        (StatusCode::INTERNAL_SERVER_ERROR, json, body).into_response()
    }
}

async fn serve(
    State(document): State<Arc<Document>>,
    headers: HeaderMap,
) -> Result<Response, NotMade> {
    document.get().await.map(|json| json.answer(&headers))
}
