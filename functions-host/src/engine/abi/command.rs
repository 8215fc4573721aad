//! WASI preview 1 commands: programs that read the standard input and write the
//! standard output.

use wasmtime::{InstancePre, Result, Store};
use wasmtime_wasi::p1::WasiP1Ctx;

use super::Broken;
use crate::engine::sandbox::Sandbox;

/// Runs a fresh instance to its end. A status other than 0 is an error,
/// [`I32Exit`](wasmtime_wasi::I32Exit).
pub(in crate::engine) async fn run(
    store: &mut Store<Sandbox<WasiP1Ctx>>,
    module: &InstancePre<Sandbox<WasiP1Ctx>>,
) -> Result<()> {
    let instance = module.instantiate_async(&mut *store).await?;
    let start = instance
        .get_typed_func::<(), ()>(&mut *store, "_start")
        .map_err(|_| Broken("it exports no function `_start()`".to_owned()))?;
    start.call_async(store, ()).await
}
