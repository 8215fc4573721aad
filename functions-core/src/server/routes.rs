//! The paths of a server, and what stands behind each.

mod app;
mod call;
mod describe;
mod front;
mod media_type;
mod name;
mod ready;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, OriginalUri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderName, HeaderValue, Method, header};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

pub(super) use app::App;
pub(super) use front::Front;

use crate::config::{Config, CorsOrigins};
use crate::server::openapi;
use crate::service::detail::Detail;
use crate::service::docs;

/// The header that names an execution where the body holds only the arguments.
const EXECUTION_ID: HeaderName = HeaderName::from_static("x-execution-id");

pub(super) fn router(app: Arc<App>, config: &Config) -> Router {
    let router = Router::new()
        .route("/exec", post(call::exec))
        .route("/functions", get(describe::all))
        .route("/functions/{name}", get(describe::one).post(call::function))
        .route("/ready", get(ready::ready))
        .fallback(async || Detail::not_found())
        .method_not_allowed_fallback(async || Detail::method_not_allowed())
        .with_state(Arc::clone(&app));
    let router = match config.docs {
        true => documented(router, app),
        false => router,
    };
    let router = router
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(broken));
    match &config.cors_origins {
        None => router,
        Some(origins) => router.layer(cors(origins)),
    }
}

/// Adds the documentation, and a front door that leads there.
fn documented(router: Router, app: Arc<App>) -> Router {
    let title = app.executor().deployment_id().to_owned();
    let document = {
        let title = title.clone();
        move || {
            let info = openapi::Info {
                title: &title,
                version: env!("CARGO_PKG_VERSION"),
                description: "Functions that are served with functions-core.",
            };
            openapi::document(app.executor(), &info)
        }
    };
    router
        .route("/", get(front_door))
        .merge(docs::routes(&title, document))
}

/// Leads to the documentation, relative to wherever an app has put these routes.
async fn front_door(OriginalUri(own): OriginalUri) -> Redirect {
    let entrance = docs::ENTRANCE;
    match own.path().rsplit('/').next() {
        None | Some("") => Redirect::temporary(entrance),
        Some(last) => Redirect::temporary(&format!("{last}/{entrance}")),
    }
}

/// A panic that was no function's.
fn broken(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(
        target: "functions_core::server",
        exc_info = text.unwrap_or("a value that is no text"),
        "Answering a request panicked"
    );
    Detail::internal().into_response()
}

fn cors(origins: &CorsOrigins) -> CorsLayer {
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, EXECUTION_ID]);
    match origins {
        CorsOrigins::Any => layer.allow_origin(Any),
        CorsOrigins::Only(origins) => {
            let origins = origins.iter();
            layer.allow_origin(AllowOrigin::list(
                origins.filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok()),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use http::{Request, header};
    use tower::Service as _;

    use super::docs;

    async fn location(app: &mut Router, path: &str) -> String {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = app.call(request).await.unwrap();
        let location = &response.headers()[header::LOCATION];
        location.to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn the_front_door_leads_on_from_wherever_an_app_has_put_it() {
        let mut router = Router::new().route("/", get(super::front_door));
        assert_eq!(location(&mut router, "/").await, docs::ENTRANCE);
        let mut app = Router::new().nest("/a/b", router);
        assert_eq!(
            location(&mut app, "/a/b").await,
            format!("b/{}", docs::ENTRANCE)
        );
    }
}
