//! What an operator sets for an engine.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::bounds::Bounds;
use super::outgoing::HttpConfig;
use super::places::Share;
use crate::tenant::TenantId;

/// How an [`Engine`](super::Engine) works.
///
/// Its [`Default`] suits a machine that is shared with other services.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EngineConfig {
    /// The folder for compiled modules. It is made where it lacks, for this user alone.
    pub artifacts: PathBuf,
    /// How many bytes of compiled modules that folder holds at most. The ones that were
    /// not compiled for the longest time go first.
    pub artifacts_bytes: u64,
    /// How many bytes of compiled modules stay in memory at most.
    pub resident_bytes: u64,
    /// How many executions run at once, over all tenants. So many times
    /// [`Limits::memory`](super::Limits::memory) is what guests can take of the machine.
    pub executions: usize,
    /// How many of them one tenant may take.
    pub executions_per_tenant: usize,
    /// How many more of one tenant may wait.
    pub waiting_per_tenant: usize,
    /// What tenants have who have another share of both than the others.
    pub shares: HashMap<TenantId, Share>,
    /// How many may wait over all tenants.
    pub waiting: usize,
    /// How long one waits at most.
    pub max_wait: Duration,
    /// How many threads run guests that have just come, and how many those that run for
    /// longer than a slice.
    pub threads: usize,
    /// After how much of a core a guest makes way for others. It is looked at once in such
    /// a time, so a turn may take twice as long.
    pub slice: Duration,
    /// How large the memory of a guest can be made at most, in bytes: what
    /// [`Limits::memory`](super::Limits::memory) of an execution cannot pass.
    pub max_memory: usize,
    /// How many elements a table can have at most, likewise.
    pub max_table: usize,
    /// The stack of a guest, in bytes. 64 KiB to 8 MiB.
    pub stack: usize,
    /// What a module may be like.
    pub bounds: Bounds,
    /// How modules are compiled.
    pub compiler: CompilerConfig,
    /// How components reach the network that were granted some of it; not at all, where
    /// there is none.
    pub http: Option<HttpConfig>,
}

/// How modules are compiled: in a process of its own, and within limits.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompilerConfig {
    /// The program that compiles. It is called with `arguments` and then as
    /// [`compiler_process`](super::compiler_process) describes.
    pub program: PathBuf,
    /// What it is called with first.
    pub arguments: Vec<OsString>,
    /// How long a compilation may take. It stands behind all other work of the machine, so
    /// this is generous: what a module costs is bounded by
    /// [`cpu_time`](Self::cpu_time).
    pub wall_clock: Duration,
    /// How much CPU time it may take, over all its threads. Whole seconds.
    pub cpu_time: Duration,
    /// How much address space it may take, in bytes. The compiler itself takes some 100 MiB;
    /// for an interpreter of 18 MB, with its thousands of functions, 330 MB become resident.
    pub memory: u64,
    /// How many threads it uses.
    pub threads: usize,
    /// How many compilations run at once.
    pub at_once: usize,
    /// How many more may wait.
    pub waiting: usize,
    /// How long one waits at most.
    pub max_wait: Duration,
}

impl EngineConfig {
    /// The defaults, with compiled modules in the folder `artifacts`.
    #[must_use]
    pub fn new(artifacts: impl Into<PathBuf>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            artifacts: artifacts.into(),
            artifacts_bytes: 8 << 30,
            resident_bytes: 512 << 20,
            executions: 128,
            executions_per_tenant: 64,
            waiting_per_tenant: 1024,
            shares: HashMap::new(),
            waiting: 8192,
            max_wait: Duration::from_secs(30),
            threads: cores,
            slice: Duration::from_micros(500),
            max_memory: 1 << 30,
            max_table: 100_000,
            stack: 512 << 10,
            bounds: Bounds::default(),
            compiler: CompilerConfig::default(),
            http: None,
        }
    }
}

impl Default for CompilerConfig {
    /// This program itself, called with `compile`.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            program: std::env::current_exe().unwrap_or_else(|_| "functions-host".into()),
            arguments: vec!["compile".into()],
            wall_clock: Duration::from_secs(300),
            cpu_time: Duration::from_secs(60),
            memory: 2 << 30,
            threads: cores.min(4),
            at_once: cores.div_ceil(2).min(4),
            waiting: 256,
            max_wait: Duration::from_secs(120),
        }
    }
}
