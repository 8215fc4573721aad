//! What a function gives back, written straight into the answer.
//!
//! A fallible function is told by its return *type*: a method on
//! [`Returned<Result<T, E>>`](Returned) is found before the one on any
//! `&Returned<T>`, so an alias of `Result` is seen through, and an `Err` can
//! never be taken for a value.

use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use crate::error::FunctionError;

/// A buffer that a result is appended to, as JSON.
#[derive(Debug, Default)]
pub struct Reply(Vec<u8>);

impl Reply {
    pub(crate) fn new(buffer: Vec<u8>) -> Self {
        Self(buffer)
    }

    pub(crate) fn into_inner(self) -> Vec<u8> {
        self.0
    }

    fn write<T: Serialize>(mut self, value: &T) -> Result<Self, FunctionError> {
        match serde_json::to_writer(&mut self.0, value) {
            Ok(()) => Ok(self),
            Err(error) => Err(FunctionError::from(format!(
                "the result cannot be written as JSON: {error}"
            ))),
        }
    }
}

/// A function's return type, before it is known whether it is a `Result`.
#[doc(hidden)]
pub struct Returned<T>(PhantomData<fn() -> T>);

impl<T> Returned<T> {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "only generated code makes one")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// Found on `Returned<Result<T, E>>`.
#[doc(hidden)]
pub trait ReturnsResult<T, E> {
    fn kind(&self) -> Fallible<T, E>;
}

impl<T, E> ReturnsResult<T, E> for Returned<Result<T, E>> {
    fn kind(&self) -> Fallible<T, E> {
        Fallible(PhantomData)
    }
}

/// Found on every other `Returned<T>`, one reference further away.
#[doc(hidden)]
pub trait ReturnsValue<T> {
    fn kind(&self) -> Infallible<T>;
}

impl<T> ReturnsValue<T> for &Returned<T> {
    fn kind(&self) -> Infallible<T> {
        Infallible(PhantomData)
    }
}

/// A return type that holds a value or an error.
#[doc(hidden)]
pub struct Fallible<T, E>(PhantomData<fn() -> Result<T, E>>);

impl<T: FunctionResult, E: Into<FunctionError>> Fallible<T, E> {
    pub fn write(self, reply: Reply, returned: Result<T, E>) -> Result<Reply, FunctionError> {
        reply.write(&returned.map_err(Into::into)?)
    }

    pub fn schema(self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// A return type that is a value.
#[doc(hidden)]
pub struct Infallible<T>(PhantomData<fn() -> T>);

impl<T: FunctionResult> Infallible<T> {
    pub fn write(self, reply: Reply, returned: T) -> Result<Reply, FunctionError> {
        reply.write(&returned)
    }

    pub fn schema(self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// What a function may give back: anything that serializes and has a schema.
///
/// Implemented for all such types; `#[derive(Serialize, JsonSchema)]` is all
/// that a type needs.
#[diagnostic::on_unimplemented(
    message = "a function cannot return `{Self}`",
    label = "not a result of a function",
    note = "a function returns anything that is `serde::Serialize + schemars::JsonSchema`, `()`, or a `Result` of one",
    note = "for a type of your own: `#[derive(serde::Serialize, schemars::JsonSchema)]`"
)]
pub trait FunctionResult: Serialize + JsonSchema {}

impl<T: Serialize + JsonSchema> FunctionResult for T {}
