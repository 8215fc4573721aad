//! One execution, from a module that is ready to its output.

use std::sync::Arc;

use bytes::Bytes;

use super::App;
use super::problem::Problem;
use crate::engine::{Call, Prepared};
use crate::tenant::TenantId;

/// Runs `module` within the limits of the host.
pub(super) async fn run(
    app: &App,
    module: &Arc<Prepared>,
    tenant: TenantId,
    handler: String,
    input: Bytes,
) -> Result<Bytes, Problem> {
    let call = Call {
        tenant,
        handler,
        input,
        environment: Vec::new(),
        limits: app.limits.clone(),
    };
    let outcome = app.engine.execute(module, call).await?;
    Ok(outcome.result?)
}
