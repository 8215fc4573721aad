//! What a function is: a name, what it takes and gives, and how it is run.
//!
//! Values of these types are made by [`#[function]`](macro@crate::function) at
//! compile time and collected into a [`Registry`](crate::Registry); nothing here
//! knows who calls.

use std::any::TypeId;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use schemars::{Schema, SchemaGenerator};

use crate::arguments::{ArgumentsError, FromCall};
use crate::context::Context;
use crate::error::FunctionError;
use crate::output::Reply;
use crate::state::States;

/// A registered function.
#[derive(Clone, Copy)]
pub struct Function {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) timeout: Option<Duration>,
    pub(crate) location: Location,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) returns: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) invoke: Invoke,
}

/// Reads the arguments of a call and starts the function on them.
///
/// Nothing of the function has run when this returns: the future is to be polled.
pub(crate) type Invoke = fn(&mut Call<'_>) -> Result<FunctionFuture, ArgumentsError>;

/// A started function, on its way to its reply.
pub type FunctionFuture = Pin<Box<dyn Future<Output = Result<Reply, FunctionError>> + Send>>;

impl Function {
    /// A function with no description or deadline of its own, written where this
    /// is called.
    ///
    /// `#[function]` writes this call; there is no need to make it by hand.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub const fn new(
        name: &'static str,
        parameters: &'static [Parameter],
        returns: fn(&mut SchemaGenerator) -> Schema,
        invoke: Invoke,
    ) -> Self {
        let caller = std::panic::Location::caller();
        Self {
            name,
            description: "",
            timeout: None,
            location: Location {
                file: caller.file(),
                line: caller.line(),
            },
            parameters,
            returns,
            invoke,
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn with_description(self, description: &'static str) -> Self {
        Self {
            description: description.trim_ascii(),
            ..self
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn with_timeout(self, seconds: u64, nanoseconds: u32) -> Self {
        Self {
            timeout: Some(Duration::new(seconds, nanoseconds)),
            ..self
        }
    }

    /// The name it is called by.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What it does, in its author's words; empty where there are none.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.description
    }

    /// The deadline its author gave it. `None` leaves it to the server.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Where it is written.
    #[must_use]
    pub const fn location(&self) -> Location {
        self.location
    }

    /// The parameters that a caller fills, in the order in which they are written.
    pub fn arguments(&self) -> impl Iterator<Item = &'static Parameter> + use<> {
        self.parameters
            .iter()
            .filter(|parameter| parameter.is_the_callers())
    }

    pub(crate) fn takes_context(&self) -> bool {
        self.parameters
            .iter()
            .any(|parameter| matches!(parameter.source, Source::Context))
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function")
            .field("name", &self.name)
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

/// A place in the source, shown as `file:line`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One parameter of a function.
#[derive(Clone, Copy)]
pub struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) source: Source,
    pub(crate) optional: fn() -> bool,
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) default: Option<fn() -> Option<serde_json::Value>>,
}

impl Parameter {
    pub(crate) const fn of<T: FromCall>() -> Self {
        Self {
            name: "",
            description: "",
            source: T::SOURCE,
            optional: T::optional,
            schema: T::schema,
            default: None,
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn named(self, name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description: description.trim_ascii(),
            ..self
        }
    }

    /// Stops the compiler where `#[arg]` is on what a caller does not give.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "it panics at compile time only")]
    pub const fn from_caller(self) -> Self {
        if !self.is_the_callers() {
            panic!(
                "`#[arg]` is for what a caller gives: `Context` and `State` have no name, description or default"
            );
        }
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn with_default(self, default: fn() -> Option<serde_json::Value>) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }

    /// Whether a caller fills it.
    pub(crate) const fn is_the_callers(&self) -> bool {
        matches!(self.source, Source::Caller)
    }

    /// The key under which a caller gives it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What it means, in its author's words; empty where there are none.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.description
    }

    /// Whether a call without it is refused.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.default.is_none() && !(self.optional)()
    }

    /// Its default as JSON. `None` where there is none, or where it cannot be
    /// written as JSON.
    #[must_use]
    pub fn default(&self) -> Option<serde_json::Value> {
        self.default.and_then(|default| default())
    }
}

/// Who fills a parameter.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub enum Source {
    /// The caller, by an entry of `args`.
    Caller,
    /// The server, with the call's [`Context`].
    Context,
    /// The server, with a value it was given at its start.
    State(StateKey),
}

/// Which value of the server's state.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct StateKey {
    pub(crate) id: fn() -> TypeId,
    pub(crate) name: fn() -> &'static str,
}

/// One call on its way into a function: what it was called with, and where the
/// result goes.
pub struct Call<'a> {
    pub(crate) function: &'static Function,
    pub(crate) arguments: &'a str,
    pub(crate) states: &'a States,
    pub(crate) context: Option<Context>,
    pub(crate) reply: Option<Reply>,
    pub(crate) missing: Vec<&'static Parameter>,
}

impl<'a> Call<'a> {
    /// A call of `function` with `arguments`, a JSON object as text, that writes
    /// its result at the end of `reply`.
    pub(crate) fn new(
        function: &'static Function,
        arguments: &'a str,
        states: &'a States,
        context: Option<Context>,
        reply: Reply,
    ) -> Self {
        Self {
            function,
            arguments,
            states,
            context,
            reply: Some(reply),
            missing: Vec::new(),
        }
    }

    /// Where the result is written. Empty from the second time on.
    pub(crate) fn reply(&mut self) -> Reply {
        self.reply.take().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
