//! What a caller names in a path, and where that would be.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};

use super::place;
use crate::api::App;
use crate::api::problem::Problem;
use crate::knative::{DeploymentId, FunctionName, InvalidName, Kind, Place};

pub(super) type Named = Result<Path<String>, PathRejection>;

/// One that a caller looks for, which there may be.
pub(super) struct Sought {
    pub(super) app: Arc<App>,
    pub(super) place: Place,
    pub(super) kinds: &'static [Kind],
    /// What it is called on the cluster.
    pub(super) service: String,
    what: &'static str,
    name: String,
}

impl Sought {
    pub(super) fn function(
        State(app): State<Arc<App>>,
        name: Named,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        let name: FunctionName = parsed(name, "function")?;
        Ok(Self {
            place: place(&app, headers, Kind::FUNCTIONS)?,
            app,
            kinds: Kind::FUNCTIONS,
            service: name.to_string(),
            what: "Function",
            name: name.to_string(),
        })
    }

    pub(super) fn server(
        State(app): State<Arc<App>>,
        id: Named,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        let id: DeploymentId = parsed(id, "server")?;
        Ok(Self {
            place: place(&app, headers, Kind::SERVERS)?,
            app,
            kinds: Kind::SERVERS,
            service: id.service(),
            what: "Function server",
            name: id.to_string(),
        })
    }

    pub(super) fn missing(&self) -> Problem {
        let Self { what, name, .. } = self;
        Problem::new(StatusCode::NOT_FOUND, format!("{what} '{name}' not found"))
    }
}

/// A name that nothing can have is one that nothing has.
fn parsed<N: FromStr<Err = InvalidName>>(name: Named, what: &str) -> Result<N, Problem> {
    let Path(text) =
        name.map_err(|rejection| Problem::new(StatusCode::NOT_FOUND, rejection.body_text()))?;
    let no_such = |why| Problem::new(StatusCode::NOT_FOUND, format!("No such {what}: {why}"));
    text.parse().map_err(no_such)
}
