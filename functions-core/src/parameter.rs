//! One parameter of a function: what callers are told of it, and who fills it.

use std::any::TypeId;

use schemars::{Schema, SchemaGenerator};

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
