//! What an error of wasmtime means for the outcome.

use wasmtime::{Error, PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::cut::cut;
use crate::engine::abi::Broken;
use crate::engine::limits::Limit;
use crate::engine::outcome::{ExecuteError, Fault};

/// How many functions of a trap are named.
const FRAMES: usize = 8;

/// How much is told, in characters: names of functions and handlers are as long as a
/// stranger likes.
const SENTENCE: usize = 2000;

/// Reads an error; nothing where it is a good end. `refused` is the limit that the guest
/// met before and was told of: a guest that gives up then gave up for it.
pub(super) fn read(error: &Error, refused: Option<Limit>) -> Result<Option<Fault>, ExecuteError> {
    if let Some(limit) = error.downcast_ref::<Limit>() {
        return Ok(Some((*limit).into()));
    }
    if let Some(Broken(what)) = error.downcast_ref() {
        return Ok(Some(Fault::Abi(cut(what, SENTENCE).into_owned())));
    }
    match error.downcast_ref::<I32Exit>() {
        Some(I32Exit(0)) => return Ok(None),
        Some(I32Exit(code)) => {
            return Ok(Some(match refused {
                Some(limit) => limit.into(),
                None => Fault::Exit { code: *code },
            }));
        }
        None => {}
    }
    if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
        return Err(ExecuteError::Host(format!("{error:#}")));
    }
    Ok(Some(match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => Limit::Stack.into(),
        Some(Trap::OutOfFuel) => Limit::Fuel.into(),
        _ => match refused {
            Some(limit) => limit.into(),
            None => Fault::Trap(cut(&describe(error), SENTENCE).into_owned()),
        },
    }))
}

/// What happened, and in which functions: `wasm trap: … in alloc < main < run`.
fn describe(error: &Error) -> String {
    let what = error.root_cause().to_string();
    let frames = error
        .downcast_ref::<WasmBacktrace>()
        .map(WasmBacktrace::frames);
    let names: Vec<_> = frames
        .unwrap_or_default()
        .iter()
        .take(FRAMES)
        .map(|frame| match frame.func_name() {
            Some(name) => format!("`{name}`"),
            None => format!("function {}", frame.func_index()),
        })
        .collect();
    if names.is_empty() {
        what
    } else {
        format!("{what} in {}", names.join(", called by "))
    }
}
