//! The bytes of a module, and whether the caller has them already.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::App;
use super::id::Id;
use super::modules::find;
use super::problem::Problem;
use crate::modules::Module;

pub(super) async fn content(
    State(app): State<Arc<App>>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let module = find(&app, &id).await?;
    let mut response = if has(&headers, etag(&module).as_ref()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = app.modules.open_bytes(&module).await;
        let bytes = bytes.map_err(|error| match error.kind() {
            // It was removed since it was looked up.
            std::io::ErrorKind::NotFound => Problem::no_module(&module.id),
            _ => error.into(),
        })?;
        let name = format!("attachment; filename=\"{}.wasm\"", module.id);
        let mut response = Body::from_stream(bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/wasm"),
        );
        headers.insert(header::CONTENT_LENGTH, module.size_bytes.into());
        if let Ok(name) = HeaderValue::try_from(name) {
            headers.insert(header::CONTENT_DISPOSITION, name);
        }
        response
    };
    if let Some(etag) = etag(&module) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
}

/// The digest, as HTTP writes it.
pub(super) fn etag(module: &Module) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"{}\"", module.sha256)).ok()
}

/// The same of what is told of a module: the digest, and since when it is told so, where
/// that was changed.
pub(super) fn told(module: &Module) -> Option<HeaderValue> {
    let Some(since) = &module.updated_at else {
        return etag(module);
    };
    HeaderValue::try_from(format!("\"{}-{since}\"", module.sha256)).ok()
}

/// Whether the caller says that it has what has this tag already.
pub(super) fn has(headers: &HeaderMap, etag: Option<&HeaderValue>) -> bool {
    let Some(etag) = etag.and_then(|etag| etag.to_str().ok()) else {
        return false;
    };
    let told = headers.get_all(header::IF_NONE_MATCH).into_iter();
    let mut tags = told
        .filter_map(|value| value.to_str().ok())
        .flat_map(|tags| tags.split(','));
    tags.any(|tag| {
        let tag = tag.trim();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag == "*" || tag.trim_matches('"') == etag.trim_matches('"')
    })
}
