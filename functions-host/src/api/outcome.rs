//! One execution, from a module that is ready to its output.

use std::sync::Arc;

use bytes::Bytes;

use super::App;
use super::problem::Problem;
use crate::engine::{Call, ExecuteError, Fault, Prepared};
use crate::metrics::{Spent, Trigger};

/// The word for an execution that had no place.
const OVERLOADED: &str = "overloaded";

/// Runs `module` once.
pub(super) async fn run(
    app: &App,
    trigger: Trigger,
    module: &Arc<Prepared>,
    call: Call,
) -> Result<Bytes, Problem> {
    let outcome = match app.engine.execute(module, call).await {
        Ok(outcome) => outcome,
        Err(error) => {
            if let ExecuteError::Overloaded(_) | ExecuteError::Waited(_) = error {
                app.metrics.ended(trigger, Some(OVERLOADED), None);
            }
            return Err(error.into());
        }
    };
    let spent = Spent {
        duration: outcome.usage.wall_clock,
        cpu_time: outcome.usage.cpu_time,
    };
    let fault = outcome.result.as_ref().err().map(Fault::word);
    app.metrics.ended(trigger, fault, Some(spent));
    Ok(outcome.result?)
}
