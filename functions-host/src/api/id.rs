//! The module that a path names.

use axum::extract::{FromRequestParts, Path};
use http::StatusCode;
use http::request::Parts;

use super::problem::Problem;
use crate::modules::ModuleId;

/// The id in the path. An id that no module can have is an id that no module has: 404.
#[derive(Debug)]
pub(super) struct Id(pub(super) ModuleId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refused = |why: String| {
            let detail = format!("No such module: {why}");
            Problem::new(StatusCode::NOT_FOUND, detail)
        };
        let path = Path::<String>::from_request_parts(parts, state).await;
        let Path(id) = path.map_err(|rejection| refused(rejection.body_text()))?;
        id.parse()
            .map(Self)
            .map_err(|error| refused(format!("{error}")))
    }
}
