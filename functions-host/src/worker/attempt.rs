//! One attempt at a request: what it comes to, and whether another would come to more.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use super::{Worker, results};
use crate::bus::Request;
use crate::engine::{Call, ExecuteError, Metering, Outcome, PrepareError, Prepared};
use crate::executions::{Ending, Failure, Took};
use crate::modules::{Module, ModuleId};

/// The function that events call.
const HANDLER: &str = "run";

/// How many times a place is waited for, each as long as the engine lets one wait. A host
/// that has much to do is no reason to give a request up.
const TURNS: usize = 20;

/// How long to wait where too many wait already.
const PAUSE: Duration = Duration::from_millis(500);

/// Output of this many bytes is read on a thread that may be kept busy.
const LARGE: usize = 64 << 10;

/// Why an attempt ended early.
pub(super) enum Ended {
    /// Another would end in the same way.
    ForGood(Box<Ending>),
    /// Another may come to more; why this one did not.
    ForNow(String),
}

fn for_good(fault: &'static str, why: impl Display) -> Ended {
    Ended::ForGood(Box::new(Ending::failure(fault, why.to_string())))
}

fn for_now(why: impl Display) -> Ended {
    Ended::ForNow(why.to_string())
}

impl Worker {
    pub(super) async fn attempt(&self, request: &Request) -> Result<Box<Ending>, Ended> {
        if let Some(flaw) = &request.flaw {
            return Err(for_good("request", flaw));
        }
        let module = self.module(request).await?;
        let asset = self.assets.fetch(&request.asset_uri).await;
        let asset = asset.map_err(|error| match error.is_transient() {
            true => for_now(error),
            false => for_good("asset", error),
        })?;
        let limits = self.policy.limits(&request.tenant, &module.limits);
        let prepared = self.prepare(&module, limits.metering()).await?;
        let call = Call {
            tenant: request.tenant.clone(),
            handler: HANDLER.into(),
            input: asset,
            environment: self.policy.environment(&module.grants),
            http: self.policy.http(&module.grants),
            limits,
        };
        let outcome = self.run(&prepared, call).await?;
        Ok(Box::new(ending(outcome, &module).await))
    }

    async fn module(&self, request: &Request) -> Result<Arc<Module>, Ended> {
        let id = &request.wasm_module_id;
        let id: ModuleId = id.parse().map_err(|error| {
            let id: String = id.chars().take(ModuleId::MAX_LENGTH).collect();
            for_good("module", format!("no module is called {id:?}: {error}"))
        })?;
        let module = self.modules.get(&id).await.map_err(for_now)?;
        module.ok_or_else(|| for_good("module", format!("module '{id}' not found")))
    }

    async fn prepare(
        &self,
        module: &Arc<Module>,
        metering: Metering,
    ) -> Result<Arc<Prepared>, Ended> {
        let digest = module.sha256.into();
        let (modules, module) = (self.modules.clone(), Arc::clone(module));
        let read = async move { modules.bytes(&module).await };
        let prepared = self.engine.prepare(digest, metering, read).await;
        prepared.map_err(|error| match error {
            PrepareError::Refused(refusal) => for_good("refused", refusal),
            error => for_now(error),
        })
    }

    async fn run(&self, module: &Arc<Prepared>, call: Call) -> Result<Outcome, Ended> {
        let mut turns = 1;
        loop {
            match self.engine.execute(module, call.clone()).await {
                Ok(outcome) => return Ok(outcome),
                Err(ExecuteError::Waited(_)) if turns < TURNS => {}
                Err(ExecuteError::Overloaded(_)) if turns < TURNS => sleep(PAUSE).await,
                Err(error) => return Err(for_now(error)),
            }
            turns += 1;
        }
    }
}

/// What an outcome is to the history.
async fn ending(outcome: Outcome, module: &Module) -> Ending {
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    let usage = outcome.usage;
    Ending {
        took: Some(Took {
            duration: usage.wall_clock,
            cpu_time: usage.cpu_time,
            memory: u64::try_from(usage.memory).unwrap_or(u64::MAX),
            fuel: usage.fuel,
        }),
        module_sha256: Some(module.sha256.to_string()),
        stdout: text(&outcome.stdout),
        stderr: text(&outcome.stderr),
        outcome: match outcome.result {
            Ok(output) => read(output).await.map_err(|error| Failure {
                fault: "results".into(),
                error,
            }),
            Err(fault) => Err(Failure {
                fault: fault.word().into(),
                error: fault.to_string(),
            }),
        },
    }
}

async fn read(output: Bytes) -> results::Read {
    if output.len() < LARGE {
        return results::read(&output);
    }
    let read = tokio::task::spawn_blocking(move || results::read(&output)).await;
    read.unwrap_or_else(|error| Err(format!("its output could not be read: {error}")))
}
