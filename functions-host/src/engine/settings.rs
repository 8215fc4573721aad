//! How wasmtime is set up: the same for whoever compiles, checks and runs a module.
//!
//! Two processes have to agree here. The child that compiles puts most of these
//! settings into the machine code, and the parent that runs it refuses code with
//! others. Only the pool is the parent's alone: it reserves address space, of which
//! a child under a limit has none to spare.

use wasmparser::WasmFeatures;
use wasmtime::{Config, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use super::config::EngineConfig;
use super::limits::Metering;

/// The address space of a memory: with 4 GiB and a guard, code needs no bounds checks.
const RESERVATION: u64 = 4 << 30;
const GUARD: u64 = 32 << 20;

/// The stack beside a guest's own that host functions run on.
const HOST_STACK: usize = 512 << 10;

/// What stays in memory of a slot between executions; it is zeroed rather than given back:
/// all that a small module has, if its stack is small too.
///
/// wasmtime can ask the system which pages were written to (`pagemap_scan`), and would have
/// to zero those alone, wherever they lie. It passes over pages that the system has swapped
/// out or is about to move, and whoever has the slot next could read them.
const KEPT_MEMORY: usize = 192 << 10;
const KEPT_TABLE: usize = 64 << 10;

/// How many modules a component may be made of while it runs.
const CORES_PER_COMPONENT: u32 = 64;
const MEMORIES_PER_COMPONENT: u32 = 4;
const TABLES_PER_COMPONENT: u32 = 8;

/// The proposals that a module may use: what is finished, and what today's compilers put
/// out. Neither 64 bit memories, nor threads, nor garbage collection.
pub(super) const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::RELAXED_SIMD)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::COMPONENT_MODEL);

/// What code is compiled with.
pub(super) fn compiler(metering: Metering, stack: usize) -> Config {
    let mut config = Config::new();
    config
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(FEATURES, true)
        // No module of a guest may have more than one memory, which screening sees to. What
        // wasmtime itself puts between the components of a component has those of both.
        .wasm_features(WasmFeatures::MULTI_MEMORY, true)
        .gc_support(false)
        .epoch_interruption(true)
        .consume_fuel(metering == Metering::Fuel)
        .cranelift_opt_level(OptLevel::Speed)
        .generate_address_map(false)
        .native_unwind_info(false)
        .max_wasm_stack(stack)
        .async_stack_size(stack.saturating_add(HOST_STACK))
        .memory_reservation(RESERVATION)
        .memory_guard_size(GUARD)
        .memory_may_move(false);
    config
}

/// What code is run with: the same, and a pool that has room for every execution.
pub(super) fn runtime(metering: Metering, settings: &EngineConfig) -> Config {
    let places = u32::try_from(settings.executions)
        .unwrap_or(u32::MAX)
        .saturating_add(4);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(places.saturating_mul(CORES_PER_COMPONENT))
        .total_component_instances(places)
        .total_memories(places.saturating_mul(MEMORIES_PER_COMPONENT))
        .total_tables(places.saturating_mul(TABLES_PER_COMPONENT))
        .total_stacks(places)
        .max_core_instances_per_component(CORES_PER_COMPONENT)
        .max_memories_per_component(MEMORIES_PER_COMPONENT)
        .max_tables_per_component(TABLES_PER_COMPONENT)
        .max_memories_per_module(1)
        .max_tables_per_module(TABLES_PER_COMPONENT)
        .max_memory_size(settings.max_memory)
        .table_elements(settings.max_table)
        .linear_memory_keep_resident(KEPT_MEMORY)
        .table_keep_resident(KEPT_TABLE);
    let mut config = compiler(metering, settings.stack);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}
