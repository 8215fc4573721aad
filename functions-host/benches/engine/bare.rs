//! A loop over a pool of wasmtime that does for the guest what the engine does, and nothing
//! for its neighbours: no limits, no turns, no clock, no account of what was taken.

use bytes::Bytes;
use tokio::runtime::{Builder, Handle, Runtime};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, InstancePre, Linker, Module,
    PoolingAllocationConfig, Store,
};

use crate::guest::INPUT;

/// What the engine sets likewise.
const KEPT_MEMORY: usize = 192 << 10;
const KEPT_TABLE: usize = 64 << 10;

#[derive(Clone)]
pub(crate) struct Bare {
    engine: Engine,
    module: InstancePre<()>,
}

impl Bare {
    /// With a pool as it comes, which gives all memory back after each execution.
    pub(crate) fn new(wasm: &[u8]) -> Self {
        Self::over(PoolingAllocationConfig::new(), wasm)
    }

    /// With a pool that keeps as much memory as the engine's does.
    pub(crate) fn tuned(wasm: &[u8]) -> Self {
        let mut pool = PoolingAllocationConfig::new();
        pool.linear_memory_keep_resident(KEPT_MEMORY)
            .table_keep_resident(KEPT_TABLE);
        Self::over(pool, wasm)
    }

    fn over(pool: PoolingAllocationConfig, wasm: &[u8]) -> Self {
        let mut config = Config::new();
        config
            .gc_support(false)
            .epoch_interruption(true)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config).unwrap();
        let module = Module::from_binary(&engine, wasm).unwrap();
        let module = Linker::new(&engine).instantiate_pre(&module).unwrap();
        Self { engine, module }
    }

    pub(crate) async fn run(&self) -> Bytes {
        let mut store = Store::new(&self.engine, ());
        store.set_epoch_deadline(1);
        let instance = self.module.instantiate_async(&mut store).await.unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        let allocate = instance
            .get_typed_func::<u32, u32>(&mut store, "allocate")
            .unwrap();
        let run = instance
            .get_typed_func::<(u32, u32), u32>(&mut store, "run")
            .unwrap();
        let length = u32::try_from(INPUT.len()).unwrap();
        let place = allocate.call_async(&mut store, length).await.unwrap();
        memory
            .write(&mut store, place as usize, INPUT.as_bytes())
            .unwrap();
        let output = run.call_async(&mut store, (place, length)).await.unwrap();
        let rest = memory.data(&store).get(output as usize..).unwrap();
        let end = memchr::memchr(0, rest).unwrap();
        Bytes::copy_from_slice(rest.get(..end).unwrap())
    }
}

/// The tuned one on threads of its own, which is the least that keeps a guest off the
/// threads of its caller.
#[derive(Clone)]
pub(crate) struct HandedOver {
    bare: Bare,
    threads: Handle,
}

impl HandedOver {
    pub(crate) fn new(bare: Bare) -> (Self, Runtime) {
        let runtime = Builder::new_multi_thread().enable_time().build().unwrap();
        let threads = runtime.handle().clone();
        (Self { bare, threads }, runtime)
    }

    pub(crate) async fn run(&self) -> Bytes {
        let bare = self.bare.clone();
        self.threads
            .spawn(async move { bare.run().await })
            .await
            .unwrap()
    }
}
