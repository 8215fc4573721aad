//! What the engine costs: executions of a small module, beside a bare loop over a pool of
//! wasmtime that does the same for the guest and nothing for its neighbours.
//!
//! `cargo bench -p functions-host --bench engine`. Both take turns in one process; the
//! ratio of the medians is what counts.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use functions_host::engine::{
    Call, Engine, EngineConfig, Limits, Metering, Prepared, compiler_process,
};
use sha2::{Digest, Sha256};
use wasmtime::{Config, InstanceAllocationStrategy, InstancePre, Linker, Module, Store};

const ROUNDS: usize = 15;
const EACH: usize = 4_000;

const WAT: &str = r#"(module
    (memory (export "memory") 2)
    (data (i32.const 4096) "some data that a module of a compiler has")
    (func (export "allocate") (param i32) (result i32) (i32.const 1024))
    (func (export "run") (param $in i32) (param $len i32) (result i32)
        (local $i i32)
        (loop $again
            (i32.store8 (i32.add (i32.const 8192) (local.get $i))
                (i32.load8_u (i32.add (local.get $in) (local.get $i))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (local.get $len))))
        (i32.store8 (i32.add (i32.const 8192) (local.get $len)) (i32.const 0))
        (i32.const 8192)))"#;

const INPUT: &str = r#"{"name":"somebody","numbers":[1,2,3,4,5,6,7,8,9]}"#;

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|verb| verb == "compile") {
        let _ = compiler_process(arguments);
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let wasm = Bytes::from(wat::parse_str(WAT).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::new(EngineConfig::new(folder.path())).unwrap();
    let digest = Sha256::digest(&wasm).into();
    let module = wasm.clone();
    let ready = engine
        .prepare(digest, Metering::Time, async { Ok(module) })
        .await
        .unwrap();
    let bare = Bare::new(&wasm);
    for tasks in [1, 2, 8, 32] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            theirs.push(timed(tasks, || bare.clone().times(EACH / tasks)).await);
            ours.push(timed(tasks, || times(engine.clone(), ready.clone(), EACH / tasks)).await);
        }
        let (ours, theirs) = (median(ours), median(theirs));
        println!(
            "{tasks:2} at once: bare {:6.2} µs, engine {:6.2} µs, {:.2} ×",
            micros(theirs),
            micros(ours),
            ours.as_secs_f64() / theirs.as_secs_f64(),
        );
    }
    cold(&engine, folder.path(), &ready).await;
}

/// How long a module takes that is on disk and not in memory.
async fn cold(engine: &Engine, folder: &std::path::Path, ready: &Prepared) {
    let wasm = Bytes::from(wat::parse_str(large()).unwrap());
    let digest = Sha256::digest(&wasm).into();
    let module = wasm.clone();
    engine
        .prepare(digest, Metering::Time, async { Ok(module) })
        .await
        .unwrap();
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        let engine = Engine::new(EngineConfig::new(folder)).unwrap();
        let began = Instant::now();
        engine
            .prepare(digest, Metering::Time, async { unreachable!() })
            .await
            .unwrap();
        took.push(began.elapsed());
    }
    println!(
        "cold from disk: {:.0} µs for a module of {} bytes; {} bytes in memory for a small one",
        micros(median(took)),
        wasm.len(),
        ready.size(),
    );
}

fn large() -> String {
    let body: String = (0..200)
        .map(|i| format!("(local.set 0 (i32.xor (i32.mul (local.get 0) (i32.const {i})) (call 0 (local.get 0))))"))
        .collect();
    let function = format!("(func (param i32) (result i32) {body} (local.get 0))");
    WAT.replace("(data", &format!("{} (data", function.repeat(460)))
}

async fn timed<F>(tasks: usize, work: impl Fn() -> F) -> Duration
where
    F: Future<Output = ()> + Send + 'static,
{
    let began = Instant::now();
    let all: Vec<_> = (0..tasks).map(|_| tokio::spawn(work())).collect();
    for task in all {
        task.await.unwrap();
    }
    began.elapsed() / u32::try_from(EACH).unwrap()
}

async fn times(engine: Engine, module: Arc<Prepared>, times: usize) {
    for _ in 0..times {
        let call = Call {
            tenant: "tenant".parse().unwrap(),
            handler: "run".to_owned(),
            input: Bytes::from_static(INPUT.as_bytes()),
            environment: Vec::new(),
            limits: Limits::default(),
        };
        let outcome = engine.execute(&module, call).await.unwrap();
        assert_eq!(outcome.result.unwrap(), INPUT);
    }
}

#[derive(Clone)]
struct Bare {
    engine: wasmtime::Engine,
    module: InstancePre<()>,
}

impl Bare {
    fn new(wasm: &[u8]) -> Self {
        let mut config = Config::new();
        config
            .gc_support(false)
            .epoch_interruption(true)
            .allocation_strategy(InstanceAllocationStrategy::pooling());
        let engine = wasmtime::Engine::new(&config).unwrap();
        let module = Module::from_binary(&engine, wasm).unwrap();
        let module = Linker::new(&engine).instantiate_pre(&module).unwrap();
        Self { engine, module }
    }

    async fn times(self, times: usize) {
        for _ in 0..times {
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
            let output = Bytes::copy_from_slice(rest.get(..end).unwrap());
            assert_eq!(output, INPUT);
        }
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
