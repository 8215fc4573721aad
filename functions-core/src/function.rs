//! What a function is: a name, what it takes and gives, and how it is run.
//!
//! Values of these types are made by [`#[function]`](macro@crate::function) at
//! compile time and collected into a [`Registry`](crate::Registry); nothing here
//! knows who calls.

use std::fmt;
use std::time::Duration;

use schemars::{Schema, SchemaGenerator};

use crate::arguments::ArgumentsError;
use crate::call::{Call, FunctionFuture};
use crate::parameter::{Parameter, Source};

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

#[cfg(test)]
mod tests;
