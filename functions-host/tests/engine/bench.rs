//! An engine of its own for each test, and words to try modules on it.

use std::sync::Arc;

use bytes::Bytes;
use functions_host::engine::{
    Call, Engine, EngineConfig, Fault, Limits, Metering, Outcome, PrepareError, Prepared, Refusal,
};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut EngineConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::new(config(&folder, change)).unwrap();
        Self { engine, folder }
    }

    /// Another engine over the same folder, as after a restart.
    pub(crate) fn restarted(&self, change: impl FnOnce(&mut EngineConfig)) -> Engine {
        Engine::new(config(&self.folder, change)).unwrap()
    }

    /// Makes a module ready that has to pass inspection first, as an upload does.
    pub(crate) async fn prepare(&self, module: &[u8]) -> Result<Arc<Prepared>, PrepareError> {
        self.engine.inspect(module, "run")?;
        prepare(&self.engine, module, Metering::Time).await
    }

    /// Runs `wat` with `input`, within small limits.
    pub(crate) async fn run(&self, wat: &str, input: &str) -> Outcome {
        self.run_within(wat, input, |_| {}).await
    }

    pub(crate) async fn run_within(
        &self,
        wat: &str,
        input: &str,
        change: impl FnOnce(&mut Limits),
    ) -> Outcome {
        let module = self.prepare(&binary(wat)).await.unwrap();
        let mut call = call("tenant", input);
        change(&mut call.limits);
        self.engine.execute(&module, call).await.unwrap()
    }

    /// Why `wat` is not taken, be it at a look or by the compiler.
    pub(crate) async fn refusal(&self, wat: &str) -> Refusal {
        self.refusal_of(&binary(wat)).await
    }

    pub(crate) async fn refusal_of(&self, module: &[u8]) -> Refusal {
        match self.prepare(module).await {
            Err(PrepareError::Refused(refusal)) => refusal,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }
}

fn config(folder: &TempDir, change: impl FnOnce(&mut EngineConfig)) -> EngineConfig {
    let mut config = EngineConfig::new(folder.path().join("artifacts"));
    config.executions = 6;
    config.executions_per_tenant = 4;
    config.threads = 2;
    config.compiler.program = env!("CARGO_BIN_EXE_functions-host").into();
    change(&mut config);
    config
}

pub(crate) async fn prepare(
    engine: &Engine,
    module: &[u8],
    metering: Metering,
) -> Result<Arc<Prepared>, PrepareError> {
    let module = Bytes::copy_from_slice(module);
    let digest = Sha256::digest(&module).into();
    engine.prepare(digest, metering, async { Ok(module) }).await
}

pub(crate) fn binary(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap()
}

pub(crate) fn call(tenant: &str, input: &str) -> Call {
    let mut limits = Limits::default();
    limits.memory = 16 << 20;
    limits.output = 64 << 10;
    limits.log = 4 << 10;
    Call {
        tenant: tenant.parse().unwrap(),
        handler: "run".into(),
        input: Bytes::copy_from_slice(input.as_bytes()),
        environment: Vec::new(),
        http: Arc::default(),
        limits,
    }
}

pub(crate) fn output(outcome: &Outcome) -> &str {
    std::str::from_utf8(outcome.result.as_ref().unwrap()).unwrap()
}

pub(crate) fn fault(outcome: &Outcome) -> &Fault {
    outcome.result.as_ref().unwrap_err()
}

/// A module of the pointer ABI around the body of `run`. It has one page, 64 KiB;
/// `allocate` gives out the place 1024.
pub(crate) fn pointer(run: &str) -> String {
    format!(
        r#"(module
            (memory (export "memory") 1)
            (global $calls (mut i32) (i32.const 0))
            (func (export "allocate") (param i32) (result i32) (i32.const 1024))
            (func $run (export "run") (param $in i32) (param $len i32) (result i32)
                {run}))"#
    )
}

/// Answers with its input.
pub(crate) fn echo() -> String {
    pointer("(i32.store8 (i32.add (local.get $in) (local.get $len)) (i32.const 0)) (local.get $in)")
}
