//! Components of the world `wasi:cli/command` 0.2.

use wasmtime::component::ResourceTable;
use wasmtime::{Result, Store};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

use crate::engine::outgoing::Http;
use crate::engine::sandbox::Sandbox;

/// What a component has of WASI.
pub(in crate::engine) struct Wasi {
    pub(in crate::engine) ctx: WasiCtx,
    pub(in crate::engine) table: ResourceTable,
    pub(in crate::engine) http: Http,
}

impl WasiView for Sandbox<Wasi> {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi.ctx,
            table: &mut self.wasi.table,
        }
    }
}

impl WasiHttpView for Sandbox<Wasi> {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.wasi.http.hooks,
            table: &mut self.wasi.table,
            ctx: &mut self.wasi.http.ctx,
        }
    }
}

/// Runs a fresh instance to its end. A failure is a status of 1, as in a shell.
pub(in crate::engine) async fn run(
    store: &mut Store<Sandbox<Wasi>>,
    component: &CommandPre<Sandbox<Wasi>>,
) -> Result<()> {
    let command = component.instantiate_async(&mut *store).await?;
    match command.wasi_cli_run().call_run(store).await? {
        Ok(()) => Ok(()),
        Err(()) => Err(I32Exit(1).into()),
    }
}
