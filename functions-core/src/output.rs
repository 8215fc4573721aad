//! What a function gives back, written straight into the answer.
//!
//! A fallible function is told by its return *type*: [`Returned<Result<T, E>>`](Returned)
//! has a method of its own, and every other `Returned<T>` finds the one it
//! dereferences to. So an alias of `Result` is seen through, a type that only
//! bears the name is not taken for one, and an `Err` never for a value.

use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{self, Poll};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use crate::call::{Call, FunctionFuture};
use crate::error::{FunctionError, IntoFunctionError};
use crate::reply::Reply;

/// A function's return type, before it is known whether it is a `Result`.
///
/// A `Result` has a `kind` of its own here; any other type finds the one that
/// this dereferences to.
#[doc(hidden)]
pub struct Returned<T>(Value<T>);

/// A return type that is no `Result`.
#[doc(hidden)]
pub struct Value<T>(PhantomData<fn() -> T>);

impl<T> Returned<T> {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "only generated code makes one")]
    pub const fn new() -> Self {
        Self(Value(PhantomData))
    }
}

impl<T> Deref for Returned<T> {
    type Target = Value<T>;

    fn deref(&self) -> &Value<T> {
        &self.0
    }
}

impl<T, E> Returned<Result<T, E>> {
    #[must_use]
    pub fn kind(&self) -> Kind<Result<T, E>>
    where
        T: FunctionResult,
        E: IntoFunctionError,
    {
        Kind {
            schema: SchemaGenerator::subschema_for::<T>,
            write: |reply, returned| match returned {
                Ok(value) => reply.write(&value),
                Err(error) => Err(error.into_function_error()),
            },
        }
    }
}

impl<T> Value<T> {
    #[must_use]
    pub fn kind(&self) -> Kind<T>
    where
        T: FunctionResult,
    {
        Kind {
            schema: SchemaGenerator::subschema_for::<T>,
            write: |reply, returned| reply.write(&returned),
        }
    }
}

/// What is done with what a function returns.
#[doc(hidden)]
pub struct Kind<R> {
    schema: fn(&mut SchemaGenerator) -> Schema,
    write: Write<R>,
}

type Write<R> = fn(Reply, R) -> Result<Reply, FunctionError>;

impl<R> Kind<R> {
    #[must_use]
    pub fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }

    /// Boxes a call of the function, to be run.
    pub fn start<F>(self, call: &mut Call<'_>, future: F) -> FunctionFuture
    where
        F: Future<Output = R> + Send + 'static,
        R: 'static,
    {
        Box::pin(Running {
            future,
            write: self.write,
            reply: call.reply(),
        })
    }
}

pin_project_lite::pin_project! {
    /// A function that runs, and then writes its result.
    ///
    /// An `async` block would hold the function's future twice.
    struct Running<F, R> {
        #[pin]
        future: F,
        write: Write<R>,
        reply: Reply,
    }
}

impl<F: Future<Output = R>, R> Future for Running<F, R> {
    type Output = Result<Reply, FunctionError>;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let returned = task::ready!(this.future.poll(cx));
        Poll::Ready((this.write)(mem::take(this.reply), returned))
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

#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema> FunctionResult for T {}
