//! Executions from outside: what is answered, and how they end.

mod admission;
mod answers;
mod endings;
mod errors;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use super::{Executor, Limits};
use crate::protocol::Request;
use crate::registry::Registry;
use crate::state::States;
use crate::{CancellationToken, Context, State, function};

/// What functions do, counted.
#[derive(Clone, Debug, Default)]
struct Ledger(Arc<Entries>);

#[derive(Debug, Default)]
struct Entries {
    begun: AtomicUsize,
    steps: AtomicUsize,
    ended: AtomicUsize,
    /// Functions that were dropped before their end, after their cancellation.
    cancelled: AtomicUsize,
    /// Functions that were dropped before their end without it.
    torn: AtomicUsize,
    token: Mutex<Option<CancellationToken>>,
}

impl Ledger {
    /// Begun, ended, cancelled, torn.
    fn counts(&self) -> [usize; 4] {
        let Entries {
            begun,
            ended,
            cancelled,
            torn,
            ..
        } = &*self.0;
        [begun, ended, cancelled, torn].map(|count| count.load(Ordering::SeqCst))
    }

    fn steps(&self) -> usize {
        self.0.steps.load(Ordering::SeqCst)
    }

    /// Whether the cancellation of the last execution has fired.
    fn is_cancelled(&self) -> bool {
        let token = self.0.token.lock().unwrap();
        token.as_ref().unwrap().is_cancelled()
    }
}

/// Notes how its function goes.
struct Run {
    ledger: Ledger,
    token: CancellationToken,
    has_ended: bool,
}

impl Run {
    fn begin(ledger: &Ledger, context: &Context) -> Self {
        let token = context.cancellation().clone();
        ledger.0.begun.fetch_add(1, Ordering::SeqCst);
        *ledger.0.token.lock().unwrap() = Some(token.clone());
        Self {
            ledger: ledger.clone(),
            token,
            has_ended: false,
        }
    }

    fn step(&self) {
        self.ledger.0.steps.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let entries = &self.ledger.0;
        let count = match (self.has_ended, self.token.is_cancelled()) {
            (true, _) => &entries.ended,
            (false, true) => &entries.cancelled,
            (false, false) => &entries.torn,
        };
        count.fetch_add(1, Ordering::SeqCst);
    }
}

/// Lets others go first so many times.
#[function(name = "executor.yields")]
async fn yields(context: &Context, ledger: State<Ledger>, times: usize) -> usize {
    let mut run = Run::begin(&ledger, context);
    for _ in 0..times {
        tokio::task::yield_now().await;
        run.step();
    }
    run.has_ended = true;
    times
}

/// Sleeps for a second so many times.
#[function(name = "executor.sleeps")]
async fn sleeps(context: &Context, ledger: State<Ledger>, times: usize) -> usize {
    let mut run = Run::begin(&ledger, context);
    for _ in 0..times {
        tokio::time::sleep(Duration::from_secs(1)).await;
        run.step();
    }
    run.has_ended = true;
    times
}

fn executor(ledger: &Ledger, limits: Limits) -> Executor {
    let functions = Registry::collect().unwrap();
    let own = functions
        .iter()
        .filter(|function| function.name().starts_with("executor."));
    let mut states = States::default();
    states.insert(ledger.clone());
    Executor::new(Registry::new(own).unwrap(), states, "test", limits)
}

const LIMITS: Limits = Limits {
    timeout: Duration::from_secs(3600),
    max_timeout: Duration::from_secs(3600),
    max_concurrency: 4,
    max_queue: 4,
};

fn request<'a>(function: &'a str, arguments: &'a str) -> Request<'a> {
    Request {
        execution_id: "e".into(),
        function_name: function.into(),
        arguments,
    }
}

/// Polls a future once.
async fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx))).await
}
