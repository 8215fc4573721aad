//! The pointer ABI: the input is written into the guest's memory where the guest says,
//! and the output is read from where it says.
//!
//! Whatever a guest returns is a number that a stranger chose. It is taken as 32 bits
//! without a sign, and looked at before it is used.

use bytes::Bytes;
use wasmtime::{Instance, InstancePre, Memory, Result, Store, TypedFunc, WasmParams};

use super::Broken;
use crate::engine::limits::Limit;
use crate::engine::sandbox::Sandbox;

/// Runs `handler` of a fresh instance with `input`, and returns its output of at most
/// `most` bytes.
pub(in crate::engine) async fn run(
    store: &mut Store<Sandbox<()>>,
    module: &InstancePre<Sandbox<()>>,
    handler: &str,
    input: &[u8],
    most: usize,
) -> Result<Bytes> {
    let instance = module.instantiate_async(&mut *store).await?;
    let memory = instance
        .get_memory(&mut *store, "memory")
        .ok_or_else(|| broken("it exports no memory of the name `memory`"))?;
    let allocate: TypedFunc<u32, u32> = function(store, &instance, "allocate", "(i32) -> i32")?;
    let run: TypedFunc<(u32, u32), u32> = function(store, &instance, handler, "(i32, i32) -> i32")?;

    let length = u32::try_from(input.len()).map_err(|_| {
        broken(format!(
            "an input of {} bytes does not fit in 32 bits",
            input.len()
        ))
    })?;
    let place = allocate.call_async(&mut *store, length).await?;
    write(store, memory, place, input)?;
    let output = run.call_async(&mut *store, (place, length)).await?;
    read(memory.data(&*store), output, handler, most)
}

fn function<P: WasmParams>(
    store: &mut Store<Sandbox<()>>,
    instance: &Instance,
    name: &str,
    signature: &str,
) -> Result<TypedFunc<P, u32>> {
    let function = instance
        .get_func(&mut *store, name)
        .ok_or_else(|| broken(format!("it exports no function `{name}{signature}`")))?;
    function.typed(&*store).map_err(|_| {
        broken(format!(
            "what it exports as `{name}` is not `{name}{signature}`"
        ))
    })
}

fn write(store: &mut Store<Sandbox<()>>, memory: Memory, place: u32, input: &[u8]) -> Result<()> {
    let data = memory.data_mut(store);
    let size = data.len();
    let from = usize::try_from(place)?;
    data.get_mut(from..)
        .and_then(|rest| rest.get_mut(..input.len()))
        .ok_or_else(|| {
            broken(format!(
                "`allocate({})` returned {place}, and that many bytes from there do not fit \
                 in its memory of {size} bytes",
                input.len()
            ))
        })?
        .copy_from_slice(input);
    Ok(())
}

fn read(data: &[u8], place: u32, handler: &str, most: usize) -> Result<Bytes> {
    let rest = data
        .get(usize::try_from(place)?..)
        .filter(|rest| !rest.is_empty())
        .ok_or_else(|| {
            broken(format!(
                "`{handler}` returned {place}, which lies outside of its memory of {} bytes",
                data.len()
            ))
        })?;
    let within = rest.get(..=most).unwrap_or(rest);
    let Some(end) = memchr::memchr(0, within) else {
        return Err(if rest.len() > most {
            Limit::Output.into()
        } else {
            broken(format!(
                "no NUL byte ends the output that `{handler}` returned at {place}"
            ))
        });
    };
    let output = within.get(..end).unwrap_or_default();
    match std::str::from_utf8(output) {
        Ok(_) => Ok(Bytes::copy_from_slice(output)),
        Err(error) => Err(broken(format!(
            "the output of `{handler}` is not UTF-8: its byte {} begins no character",
            error.valid_up_to()
        ))),
    }
}

fn broken(what: impl Into<String>) -> wasmtime::Error {
    Broken(what.into()).into()
}
