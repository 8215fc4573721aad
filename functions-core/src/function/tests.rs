//! Functions as `#[function]` makes them, called with text.

mod arguments;
mod macros;
mod properties;
mod results;
mod surroundings;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::call::Call;
use crate::context::{CancellationToken, Context, Headers};
use crate::function::Function;
use crate::registry::Registry;
use crate::reply::Reply;
use crate::schema::Description;
use crate::state::States;

fn find(name: &str) -> &'static Function {
    Registry::collect().unwrap().get(name).unwrap()
}

fn describe(name: &str) -> Value {
    serde_json::to_value(Description::of(find(name))).unwrap()
}

/// What came of a call: the result as JSON, or the message of the refusal or error.
fn call(name: &str, arguments: &str) -> Result<String, String> {
    call_with(name, arguments, &States::default())
}

fn call_with(name: &str, arguments: &str, states: &States) -> Result<String, String> {
    let function = find(name);
    let timeout = Duration::from_secs(5);
    let context = Context::new(
        "the-execution",
        function.name,
        Arc::from("the-deployment"),
        (Instant::now() + timeout, timeout),
        CancellationToken::new(),
        [("x-tenant", "acme")].into_iter().collect::<Headers>(),
    );
    let mut call = Call::new(
        function.parameters,
        arguments,
        states,
        Some(context),
        Reply::default(),
    );
    let future = (function.invoke)(&mut call).map_err(|error| error.to_string())?;
    let reply = block_on(future).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(reply.into_inner()).unwrap())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.build().unwrap().block_on(future)
}
