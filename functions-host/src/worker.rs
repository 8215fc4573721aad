//! From requests to what becomes of them.
//!
//! A request is taken from the [`bus`](crate::bus), its module and its asset are found, the
//! module runs, and what came of it is written down and told. What is wrong with the
//! request, its module or its asset will be wrong tomorrow too: that is an end. What is
//! wrong with the host or with those it asks may pass, so the request comes again later,
//! and only so many times: then it is an end too, and the request is kept among the dead
//! letters.
//!
//! What is written first is the history, then the bus is told. A host that dies in between
//! gets the request again, finds its end in the history, and tells that without running
//! anything. So a request ends once, however often it is delivered.
//!
//! There are more requests in hand than places in the engine: one that waits for its asset
//! has no place yet, and keeps nobody from running.

mod attempt;
mod execution;
mod hearing;
mod results;

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::AbortHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use execution::execution_of;

use crate::assets::Assets;
use crate::bus::{Bus, BusError, Completion, Delivery, Outcome};
use crate::engine::Engine;
use crate::executions::{Begun, Completed, Ending, ExecutionId, Executions};
use crate::metrics::{Metrics, Spent, Trigger};
use crate::modules::Modules;
use crate::policy::Policy;
use attempt::Ended;

/// How long to wait where the bus fails.
const PAUSE: Duration = Duration::from_secs(1);

/// The word for an execution that was given up.
const ATTEMPTS: &str = "attempts";

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// How many times something is tried that may pass.
    pub max_attempts: u32,
    /// How many requests are in hand at once.
    pub in_flight: usize,
}

/// What a worker works with.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Where requests come from.
    pub bus: Arc<dyn Bus>,
    /// Where it is written down what became of them.
    pub executions: Executions,
    /// Where modules are found.
    pub modules: Modules,
    /// Where assets are found.
    pub assets: Assets,
    /// What runs modules.
    pub engine: Engine,
    /// What executions may take and have.
    pub policy: Policy,
    /// What counts how it goes.
    pub metrics: Arc<Metrics>,
    /// How it works.
    pub config: WorkerConfig,
}

/// A worker at work. When this is dropped, what it has in hand is dropped and comes again.
#[derive(Debug)]
pub struct Working {
    tasks: TaskTracker,
    stop: CancellationToken,
    /// All that is to be cut off.
    cut: Vec<AbortHandle>,
}

impl Worker {
    /// Begins to work, on the current Tokio runtime.
    #[must_use = "a worker that is dropped stops"]
    pub fn start(self) -> Working {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let worker = Arc::new(self);
        let work = |_| {
            let work = Arc::clone(&worker).work(stop.clone());
            tasks.spawn(work).abort_handle()
        };
        let mut cut: Vec<_> = (0..worker.config.in_flight.max(1)).map(work).collect();
        // It hears until the bus ends: what others carry out goes on while this host stops.
        let hearing = tokio::spawn(Arc::clone(&worker).hear());
        cut.push(hearing.abort_handle());
        tasks.close();
        Working { tasks, stop, cut }
    }

    /// Carries requests out, one after the other.
    async fn work(self: Arc<Self>, stop: CancellationToken) {
        let mut stopped = pin!(stop.cancelled());
        loop {
            let received = tokio::select! {
                biased;
                () = &mut stopped => return,
                received = self.bus.receive() => received,
            };
            match received {
                Ok(delivery) => {
                    let carried_out = AssertUnwindSafe(self.carry_out(delivery)).catch_unwind();
                    if carried_out.await.is_err() {
                        tracing::error!("Carrying out a request panicked; it comes again");
                    }
                }
                Err(BusError::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, "No request was received");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn carry_out(&self, delivery: Delivery) {
        let new = execution_of(&delivery.request);
        let id = new.id();
        // What would not be known after the end of this host has to be written down before
        // anything runs: a module that ends hosts would do so for ever.
        let begun = match self.bus.counts_attempts() {
            true => self.executions.begin_counted(new, delivery.attempt).await,
            false => self.executions.begin(new, delivery.attempt).await,
        };
        let attempt = match begun {
            Ok(Begun::Runs(attempt)) => attempt,
            Ok(Begun::Ended(completed)) => return self.tell_again(delivery, completed).await,
            Err(error) => return self.put_back(delivery, id, error.to_string()).await,
        };
        let most = self.config.max_attempts;
        let given_up = |why: &str| {
            let error = format!("given up at attempt {most}: {why}");
            Ending::failure(ATTEMPTS, error)
        };
        let ending = if attempt > most {
            given_up("the host ended during it")
        } else {
            match self.attempt(&delivery.request).await {
                Ok(ending) | Err(Ended::ForGood(ending)) => *ending,
                Err(Ended::ForNow(reason)) if attempt >= most => given_up(&reason),
                Err(Ended::ForNow(reason)) => return self.put_back(delivery, id, reason).await,
            }
        };
        let spent = ending.took.as_ref().map(|took| Spent {
            duration: took.duration,
            cpu_time: took.cpu_time,
        });
        let fault = ending.outcome.as_ref().err();
        let fault = fault.map(|failure| failure.fault.clone());
        match self.executions.finish(id, ending).await {
            Ok(completed) => {
                self.metrics.ended(Trigger::Event, fault.as_deref(), spent);
                self.tell(delivery, completed).await;
            }
            Err(error) => self.put_back(delivery, id, error.to_string()).await,
        }
    }

    /// Tells the bus of an end that was written down before, unless it was told as well.
    async fn tell_again(&self, delivery: Delivery, completed: Completed) {
        let id = completed.id;
        // Where that cannot be read it is told twice.
        let is_told = self.executions.is_told(id).await.unwrap_or_default();
        if !is_told {
            return self.tell(delivery, completed).await;
        }
        if let Err(error) = delivery.acknowledge().await {
            tracing::error!(%error, execution_id = %id, "A request that is done could not be taken off the bus; it comes again");
        }
    }

    /// Tells the bus of an end that is written down.
    async fn tell(&self, delivery: Delivery, completed: Completed) {
        let id = completed.id;
        let given_up = match &completed.outcome {
            Err(failure) if failure.fault == ATTEMPTS => Some(failure.error.clone()),
            _ => None,
        };
        let completion = completion_of(completed);
        let told = match given_up {
            Some(reason) => {
                tracing::warn!(execution_id = %id, reason, "A request was given up");
                delivery.dead_letter(reason, completion).await
            }
            None => {
                tracing::debug!(execution_id = %id, "A request was carried out");
                delivery.finish(completion).await
            }
        };
        if let Err(error) = told {
            tracing::error!(%error, execution_id = %id, "An end could not be told; it will be again");
            return;
        }
        if self.bus.sends_again()
            && let Err(error) = self.executions.told(id).await
        {
            tracing::error!(%error, execution_id = %id, "It could not be written down that an end was told; it may be again");
        }
    }

    async fn put_back(&self, delivery: Delivery, id: ExecutionId, reason: String) {
        let attempt = delivery.attempt;
        self.metrics.put_back();
        tracing::warn!(execution_id = %id, attempt, reason, "A request has to wait for another attempt");
        if let Err(error) = self.executions.put_back(id, reason.clone()).await {
            tracing::error!(%error, execution_id = %id, "What a request waits for could not be written down");
        }
        if let Err(error) = delivery.retry(reason).await {
            tracing::error!(%error, execution_id = %id, "A request could not be put back; it comes again sooner");
        }
    }
}

impl Working {
    /// Takes no more requests.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until it has nothing in hand, after a [`stop`](Self::stop).
    pub async fn stopped(&self) {
        self.tasks.wait().await;
    }

    /// Drops what it has in hand, and waits until that is done.
    pub async fn cut_off(&self) {
        self.stop();
        self.cut.iter().for_each(AbortHandle::abort);
        self.tasks.wait().await;
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.cut.iter().for_each(AbortHandle::abort);
    }
}

/// What all are told of an execution that has ended.
fn completion_of(completed: Completed) -> Completion {
    let fault = completed.outcome.as_ref().err();
    Completion {
        fault: fault.map(|failure| failure.fault.clone()),
        execution_id: completed.id.into(),
        tenant_id: completed.tenant,
        asset_id: completed.asset_id,
        wasm_module_id: completed.wasm_module_id,
        outcome: match completed.outcome {
            Ok(results) => Outcome::Success(results),
            Err(failure) => Outcome::Failure(failure.error),
        },
        event_timestamp: completed.finished_at / 1000,
    }
}
