//! One execution of a function, as a future that always ends in an answer.

use std::fmt::{self, Write as _};
use std::pin::Pin;
use std::task::{self, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::coop::{Unconstrained, unconstrained};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::admission::Permit;
use super::panics::{self, Panic};
use super::{Answer, Outcome, milliseconds};
use crate::call::FunctionFuture;
use crate::error::FunctionError;
use crate::function::Function;
use crate::protocol::answer;
use crate::reply::Reply;
use crate::service::logs::exc_info;

/// How long a function may keep its thread before its author is told.
const LONG_POLL: Duration = Duration::from_millis(500);

pub(super) struct Execution {
    function: &'static Function,
    execution_id: Box<str>,
    future: Option<FunctionFuture>,
    started: Instant,
    timeout: Duration,
    /// Made when the function first has to wait: one that does not needs no timer.
    ///
    /// Unconstrained, since a function that uses up its task's budget at every poll
    /// would otherwise leave none for it, and never end.
    deadline: Option<Unconstrained<Pin<Box<Sleep>>>>,
    cancellation: Option<CancellationToken>,
    span: Span,
    warned: bool,
    _permit: Permit,
}

/// How the function itself ended.
enum End {
    Returned(Result<Reply, FunctionError>),
    Panicked(Panic),
    TimedOut,
}

impl Execution {
    pub(super) fn new(
        function: &'static Function,
        execution_id: &str,
        future: FunctionFuture,
        (started, timeout): (Instant, Duration),
        cancellation: Option<CancellationToken>,
        span: Span,
        permit: Permit,
    ) -> Self {
        Self {
            function,
            execution_id: execution_id.into(),
            future: Some(future),
            started,
            timeout,
            deadline: None,
            cancellation,
            span,
            warned: false,
            _permit: permit,
        }
    }

    fn poll_function(&mut self, cx: &mut task::Context<'_>) -> Poll<End> {
        let Some(future) = &mut self.future else {
            return Poll::Ready(End::TimedOut);
        };
        let polled_at = match self.deadline {
            None => self.started,
            Some(_) => Instant::now(),
        };
        match panics::catch(|| future.as_mut().poll(cx)) {
            Ok(Poll::Ready(result)) => return Poll::Ready(End::Returned(result)),
            Err(panic) => return Poll::Ready(End::Panicked(panic)),
            Ok(Poll::Pending) => {}
        }
        self.warn_of_long_poll(polled_at.elapsed());
        let deadline = self.deadline.get_or_insert_with(|| {
            unconstrained(Box::pin(sleep_until(self.started + self.timeout)))
        });
        Pin::new(deadline).poll(cx).map(|()| End::TimedOut)
    }

    fn advance(&mut self, cx: &mut task::Context<'_>) -> Poll<Answer> {
        let end = task::ready!(self.poll_function(cx));
        if self.deadline.is_none() {
            self.warn_of_long_poll(self.started.elapsed());
        }
        if let (End::TimedOut, Some(cancellation)) = (&end, &self.cancellation) {
            cancellation.cancel();
        }
        self.drop_function();
        Poll::Ready(self.answer(end))
    }

    fn warn_of_long_poll(&mut self, held: Duration) {
        if held >= LONG_POLL && !self.warned {
            self.warned = true;
            tracing::warn!(
                target: "functions_core::execution",
                held_ms = milliseconds(held),
                "The function kept its thread without an await; other calls wait for threads. \
                 Move blocking work into tokio::task::spawn_blocking"
            );
        }
    }

    /// Drops the function's future, which may run code of its author.
    fn drop_function(&mut self) {
        let future = self.future.take();
        if let Err(panic) = panics::catch(|| drop(future)) {
            panic.log(self.started.elapsed());
        }
    }

    fn answer(&self, end: End) -> Answer {
        let duration = self.started.elapsed();
        let duration_ms = milliseconds(duration);
        let (body, outcome) = match end {
            End::Returned(Ok(reply)) => {
                tracing::info!(
                    target: "functions_core::execution",
                    status = "success",
                    duration_ms,
                    "Function executed"
                );
                let body = answer::succeed(reply.into_inner(), &self.execution_id);
                (body, Outcome::Success)
            }
            End::Returned(Err(error)) => match panics::catch(|| words_of(error)) {
                Ok((message, exc_info)) => {
                    tracing::error!(
                        target: "functions_core::execution",
                        status = "error",
                        duration_ms,
                        exc_info,
                        "Function failed"
                    );
                    (self.failure(&message), Outcome::Failed)
                }
                Err(panic) => {
                    panic.log(duration);
                    (self.failure(&panic.message), Outcome::Panicked)
                }
            },
            End::Panicked(panic) => {
                panic.log(duration);
                (self.failure(&panic.message), Outcome::Panicked)
            }
            End::TimedOut => {
                let error = format!(
                    "Function '{}' execution timed out after {:?} seconds",
                    self.function.name,
                    self.timeout.as_secs_f64()
                );
                tracing::error!(
                    target: "functions_core::execution",
                    status = "timeout",
                    duration_ms,
                    exc_info = error,
                    "Function timed out"
                );
                (answer::fail(&error, &self.execution_id), Outcome::TimedOut)
            }
        };
        Answer { body, outcome }
    }

    fn failure(&self, message: &str) -> Vec<u8> {
        let error = format!("Function execution failed: {message}");
        answer::fail(&error, &self.execution_id)
    }
}

/// What an error says to the caller, and what it says to the log. Saying it and
/// dropping it runs code of its author.
fn words_of(error: FunctionError) -> (String, String) {
    let mut message = String::new();
    // A Display that fails has said all that it can.
    let _ = write!(message, "{error}");
    let exc_info = exc_info(error.get(), error.backtrace().as_deref());
    drop(error);
    (message, exc_info)
}

impl Future for Execution {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Answer> {
        let this = self.get_mut();
        // Taken out, so that it can be entered while the rest is worked on.
        let span = std::mem::replace(&mut this.span, Span::none());
        let answer = span.in_scope(|| this.advance(cx));
        this.span = span;
        answer
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        if self.future.is_some() {
            // The server stopped and could not wait for it.
            let span = std::mem::replace(&mut self.span, Span::none());
            let _inside = span.enter();
            if let Some(cancellation) = &self.cancellation {
                cancellation.cancel();
            }
            self.drop_function();
        }
    }
}

/// A call that has begun, on the task of its caller.
///
/// Where this is dropped before it has ended, the execution goes on by itself on
/// the current runtime: a caller who hangs up does not stop a function.
#[must_use = "nobody hears the answer of a call that is not awaited"]
pub(crate) struct Running(State);

enum State {
    Executing(Execution),
    Answered(Answer),
    Over,
}

impl Running {
    pub(super) fn executing(execution: Execution) -> Self {
        Self(State::Executing(execution))
    }

    pub(super) fn answered(answer: Answer) -> Self {
        Self(State::Answered(answer))
    }
}

impl Future for Running {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Answer> {
        if let State::Executing(execution) = &mut self.0 {
            let answer = task::ready!(Pin::new(execution).poll(cx));
            self.0 = State::Over;
            return Poll::Ready(answer);
        }
        match std::mem::replace(&mut self.0, State::Over) {
            State::Answered(answer) => Poll::Ready(answer),
            State::Executing(_) | State::Over => Poll::Pending,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let state = std::mem::replace(&mut self.0, State::Over);
        if let (State::Executing(execution), Ok(runtime)) = (state, Handle::try_current()) {
            runtime.spawn(execution);
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}
