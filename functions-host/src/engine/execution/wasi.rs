//! What a command sees of the world: its input, its output, what it was granted, clocks
//! and random numbers. No folder is opened for it and no address allowed, so that every
//! call for a file or a connection fails as it would on a machine that has none.

use std::time::Duration;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;

use super::Streams;
use crate::engine::Call;

/// The longest wait that a clock of the system can add to any moment.
pub(in crate::engine) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How many bytes of random numbers a guest gets at once.
const RANDOM: u64 = 1 << 20;

/// How many handles a component may hold at once.
const HANDLES: usize = 10_000;

pub(super) fn builder(call: &Call, streams: &Streams) -> WasiCtxBuilder {
    let mut wasi = WasiCtxBuilder::new();
    wasi.stdin(MemoryInputPipe::new(call.input.clone()))
        .stdout(streams.stdout.clone())
        .stderr(streams.stderr.clone())
        .envs(&call.environment)
        .arg("module")
        .max_random_size(RANDOM)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
    wasi
}

pub(super) fn table() -> ResourceTable {
    let mut table = ResourceTable::new();
    table.set_max_capacity(HANDLES);
    table
}
