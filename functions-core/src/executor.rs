//! One request to one answer: lookup, admission, deadline, panics, log.
//!
//! A call runs on the task that asked for it, which costs no task of its own and
//! no hand-over between threads. Only when that task goes away, because the
//! caller hung up, does the rest of the execution move to a task of its own.

mod admission;
mod execution;
mod panics;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::arguments::ArgumentsError;
use crate::call::Call;
use crate::context::{Context, Headers};
use crate::function::Function;
use crate::protocol::{Request, answer};
use crate::registry::Registry;
use crate::reply::Reply;
use crate::state::States;

use admission::Admission;
pub(crate) use admission::Overloaded;
use execution::Execution;
pub(crate) use execution::Running;
use panics::Panic;

/// Runs the functions of a registry.
///
/// Clones are cheap and run the same functions under the same limits.
#[derive(Clone, Debug)]
pub(crate) struct Executor(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    registry: Registry,
    states: States,
    deployment_id: Arc<str>,
    limits: Limits,
    admission: Admission,
    stop: CancellationToken,
}

/// What bounds the executions of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The deadline of a function that has none of its own.
    pub(crate) timeout: Duration,
    /// The highest deadline, whatever a function asks for.
    pub(crate) max_timeout: Duration,
    /// How many executions run at once.
    pub(crate) max_concurrency: usize,
    /// How many more wait for their turn.
    pub(crate) max_queue: usize,
}

/// What came of a call.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The whole answer, as JSON: `{"success", "result", "error", "metadata"}`.
    pub(crate) body: Vec<u8>,
    /// How it ended.
    pub(crate) outcome: Outcome,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The function returned a value.
    Success,
    /// There is no function of that name.
    NotFound,
    /// The arguments do not fit the function.
    InvalidArguments,
    /// The function returned an error.
    Failed,
    /// The function panicked.
    Panicked,
    /// The deadline passed.
    TimedOut,
}

impl Executor {
    pub(crate) fn new(
        registry: Registry,
        states: States,
        deployment_id: impl Into<Arc<str>>,
        limits: Limits,
    ) -> Self {
        panics::install_hook();
        Self(Arc::new(Shared {
            admission: Admission::new(limits.max_concurrency, limits.max_queue),
            stop: CancellationToken::new(),
            registry,
            states,
            deployment_id: deployment_id.into(),
            limits,
        }))
    }

    /// The functions it runs.
    #[must_use]
    pub(crate) fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// The deployment whose functions these are.
    #[must_use]
    pub(crate) fn deployment_id(&self) -> &str {
        &self.0.deployment_id
    }

    /// The deadline of a function: its own or the default, at most the highest one.
    #[must_use]
    pub(crate) fn timeout_of(&self, function: &Function) -> Duration {
        let limits = &self.0.limits;
        function
            .timeout
            .unwrap_or(limits.timeout)
            .min(limits.max_timeout)
    }

    /// How many executions run right now.
    #[must_use]
    pub(crate) fn in_flight(&self) -> usize {
        self.0.admission.in_flight()
    }

    /// Runs one call to its end and tells how it went: [`begin`](Self::begin), and
    /// what follows.
    ///
    /// # Errors
    /// As many executions run and wait as are allowed.
    pub(crate) async fn execute(
        &self,
        request: &Request<'_>,
        headers: impl FnOnce() -> Headers,
    ) -> Result<Answer, Overloaded> {
        Ok(self.begin(request, headers).await?.await)
    }

    /// Admits one call and reads its arguments. When this is over, the request is
    /// no longer needed.
    ///
    /// `headers` is asked only for a function that takes a [`Context`].
    ///
    /// # Errors
    /// As many executions run and wait as are allowed.
    pub(crate) async fn begin(
        &self,
        request: &Request<'_>,
        headers: impl FnOnce() -> Headers,
    ) -> Result<Running, Overloaded> {
        let Some(function) = self.0.registry.get(&request.function_name) else {
            return Ok(Running::answered(refuse(request, Refusal::NotFound)));
        };
        let timeout = self.timeout_of(function);
        let permit = self.0.admission.enter(timeout).await?;

        let started = tokio::time::Instant::now();
        let context = function.takes_context().then(|| {
            Context::new(
                &request.execution_id,
                function.name,
                Arc::clone(&self.0.deployment_id),
                (started.into_std() + timeout, timeout),
                self.0.stop.child_token(),
                headers(),
            )
        });
        let cancellation = context
            .as_ref()
            .map(|context| context.cancellation().clone());
        let span = span_of(request);
        let future = panics::catch(|| {
            let _inside = span.enter();
            let reply = Reply::new(answer::begin());
            let mut call = Call::new(
                function.parameters,
                request.arguments,
                &self.0.states,
                context,
                reply,
            );
            (function.invoke)(&mut call)
        });
        Ok(match future {
            Ok(Ok(future)) => Running::executing(Execution::new(
                function,
                &request.execution_id,
                future,
                (started, timeout),
                cancellation,
                span,
                permit,
            )),
            Ok(Err(error)) => Running::answered(refuse(request, Refusal::Arguments(error))),
            Err(panic) => Running::answered(refuse(request, Refusal::Panic(panic))),
        })
    }

    /// Waits until nothing runs any more, and lets nothing new begin from then on.
    pub(crate) async fn drained(&self) {
        self.0.admission.drained().await;
    }

    /// Fires the cancellation of every execution that still runs.
    pub(crate) fn cancel_all(&self) {
        self.0.stop.cancel();
    }
}

/// How much of what a caller sent stands in a line of the log, in bytes.
const LONGEST_LOGGED: usize = 1024;

/// At the level that is never filtered out: lines of any level carry the fields.
fn span_of(request: &Request<'_>) -> Span {
    tracing::error_span!(
        target: "functions_core::execution",
        "execution",
        execution_id = shortened(&request.execution_id),
        function_name = shortened(&request.function_name),
    )
}

/// As it is logged: to the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1e3
}

/// The beginning of a text, if it is long: a body's worth of it in every line would
/// leave the log no room for others.
fn shortened(text: &str) -> &str {
    let mut ends = (0..=text.len().min(LONGEST_LOGGED)).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// Why a call never got as far as its function.
enum Refusal {
    NotFound,
    Arguments(ArgumentsError),
    Panic(Panic),
}

fn refuse(request: &Request<'_>, refusal: Refusal) -> Answer {
    let name = &request.function_name;
    let _inside = span_of(request).entered();
    let (error, outcome) = match refusal {
        Refusal::NotFound => (format!("Function '{name}' not found"), Outcome::NotFound),
        Refusal::Arguments(detail) => (
            format!("Invalid arguments for function '{name}': {detail}"),
            Outcome::InvalidArguments,
        ),
        Refusal::Panic(panic) => {
            let error = format!("Function execution failed: {}", panic.message);
            panic.log(Duration::ZERO);
            let body = answer::fail(&error, &request.execution_id);
            return Answer {
                body,
                outcome: Outcome::Panicked,
            };
        }
    };
    tracing::warn!(
        target: "functions_core::execution",
        status = "error",
        exc_info = shortened(&error),
        "Call refused"
    );
    Answer {
        body: answer::fail(&error, &request.execution_id),
        outcome,
    }
}
