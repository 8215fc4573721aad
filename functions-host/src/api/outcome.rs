//! One execution, from a module that is ready to its output.

use std::sync::Arc;

use bytes::Bytes;

use super::App;
use super::problem::Problem;
use crate::engine::{Call, Prepared};

/// Runs `module` once.
pub(super) async fn run(app: &App, module: &Arc<Prepared>, call: Call) -> Result<Bytes, Problem> {
    let outcome = app.engine.execute(module, call).await?;
    Ok(outcome.result?)
}
