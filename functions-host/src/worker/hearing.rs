//! What other hosts have carried out, of what was submitted here.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::{PAUSE, Worker};
use crate::bus::{BusError, Completion, Outcome};
use crate::executions::{Ending, ExecutionId, Failure};

/// The word for a failure at another host that has said none.
const ELSEWHERE: &str = "elsewhere";

impl Worker {
    /// Writes down the ends of executions that other hosts carry out.
    pub(super) async fn hear(self: Arc<Self>) {
        // Of what was submitted before this host was started the end may have come since.
        match self.executions.unfinished().await {
            Ok(unfinished) => {
                for (tenant, age) in unfinished {
                    if let Err(error) = self.bus.listen(&tenant, age).await {
                        tracing::debug!(%error, %tenant, "Ends are not heard yet");
                    }
                }
            }
            Err(error) => tracing::error!(%error, "It could not be read what has not ended"),
        }
        loop {
            match self.bus.hear().await {
                Ok(completion) => self.write_down(completion).await,
                Err(BusError::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, "No end was heard");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn write_down(&self, completion: Completion) {
        let id = ExecutionId::from(completion.execution_id);
        let tenant = completion.tenant_id.clone();
        let ending = ending(completion);
        let mut pause = Duration::from_millis(100);
        while let Err(error) = self.executions.hear(id, &tenant, ending.clone()).await {
            tracing::error!(%error, execution_id = %id, "An end that was heard could not be written down");
            sleep(pause).await;
            pause = pause.saturating_mul(2).min(Duration::from_secs(30));
        }
    }
}

/// What is known of an end elsewhere: no more than all are told.
fn ending(completion: Completion) -> Ending {
    Ending {
        outcome: match completion.outcome {
            Outcome::Success(results) => Ok(results),
            Outcome::Failure(error) => Err(Failure {
                fault: completion.fault.unwrap_or(ELSEWHERE.into()),
                error,
            }),
        },
        took: None,
        module_sha256: None,
        stdout: String::new(),
        stderr: String::new(),
    }
}
