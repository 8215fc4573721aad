//! The name of a function, where it stands in a path.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

use crate::service::detail::Detail;

/// The step of a path that a route calls `name`, decoded. Bytes that are no text
/// name nothing.
pub(super) struct Name(pub(super) String);

/// Whoever nests the routes may have parameters of their own in front.
#[derive(serde::Deserialize)]
struct Parameters {
    name: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Detail;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Detail> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(Parameters { name })) => Ok(Self(name)),
            Err(_) => Err(Detail::not_found()),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use http::{Request, StatusCode};
    use http_body_util::BodyExt as _;
    use tower::Service as _;

    use super::Name;

    async fn answer_to(path: &str) -> (StatusCode, String) {
        let own = Router::new().route("/functions/{name}", get(async |Name(name): Name| name));
        let mut app = Router::new().nest("/{tenant}", own);
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = app.call(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_name_is_decoded_and_not_mistaken_for_what_stands_before_it() {
        let answer = answer_to("/blue/functions/f%20%C3%A9").await;
        assert_eq!(answer, (StatusCode::OK, "f é".to_owned()));
    }

    #[tokio::test]
    async fn bytes_that_are_no_text_name_nothing() {
        let (status, body) = answer_to("/blue/functions/%ff").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(body, r#"{"detail":"Not Found"}"#);
    }
}
