//! The ways to talk to a module.

pub(super) mod command;
pub(super) mod component;
pub(super) mod pointer;

use std::fmt;

/// A way to talk to a module, told by what it exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Abi {
    /// A core module that exports `memory`, `allocate(i32) -> i32`, and functions
    /// `(i32, i32) -> i32` that take the place and the length of the input and return the
    /// place of an output that ends with a NUL byte.
    Pointer,
    /// A WASI preview 1 command: a core module that exports `_start`, reads the standard
    /// input and writes the standard output.
    Command,
    /// A component of the world `wasi:cli/command` 0.2, which does likewise.
    Component,
}

impl Abi {
    /// The name of it, as metadata shows it: `pointer`, `wasi-p1` or `wasi-p2`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pointer => "pointer",
            Self::Command => "wasi-p1",
            Self::Component => "wasi-p2",
        }
    }
}

impl fmt::Display for Abi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A guest broke a rule of its ABI.
///
/// It travels in a [`wasmtime::Error`] to where an outcome is made of it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Broken(pub(super) String);
