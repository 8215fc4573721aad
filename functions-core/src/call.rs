//! One call on its way into a function.

use std::future::Future;
use std::pin::Pin;

use crate::context::Context;
use crate::error::FunctionError;
use crate::parameter::Parameter;
use crate::reply::Reply;
use crate::state::States;

/// One call: what the function was called with, and where its result goes.
pub struct Call<'a> {
    pub(crate) parameters: &'static [Parameter],
    pub(crate) arguments: &'a str,
    pub(crate) states: &'a States,
    pub(crate) context: Option<Context>,
    pub(crate) reply: Option<Reply>,
    pub(crate) missing: Vec<&'static Parameter>,
}

impl<'a> Call<'a> {
    /// A call of a function that takes `parameters`, with `arguments`, a JSON object
    /// as text. Its result is written at the end of `reply`.
    pub(crate) fn new(
        parameters: &'static [Parameter],
        arguments: &'a str,
        states: &'a States,
        context: Option<Context>,
        reply: Reply,
    ) -> Self {
        Self {
            parameters,
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

/// A started function, on its way to its reply.
pub type FunctionFuture = Pin<Box<dyn Future<Output = Result<Reply, FunctionError>> + Send>>;
