//! What a module takes that is on the disk and not in memory.

use std::time::Instant;

use bytes::Bytes;
use functions_host::engine::{Engine, EngineConfig, Metering};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::guest::WAT;

const ROUNDS: usize = 50;

/// Milliseconds until a module of 1 MB is ready, one sample for each engine that starts
/// over a folder where its machine code is.
pub(crate) async fn measure() -> Value {
    let wasm: Bytes = wat::parse_str(large()).unwrap().into();
    let digest = Sha256::digest(&wasm).into();
    let folder = tempfile::tempdir().unwrap();
    let module = wasm.clone();
    let engine = Engine::new(EngineConfig::new(folder.path())).unwrap();
    let ready = engine
        .prepare(digest, Metering::Time, async { Ok(module) })
        .await
        .unwrap();
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        let engine = Engine::new(EngineConfig::new(folder.path())).unwrap();
        let began = Instant::now();
        engine
            .prepare(digest, Metering::Time, async { unreachable!() })
            .await
            .unwrap();
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    json!({"ms": took, "module_bytes": wasm.len(), "machine_code_bytes": ready.size()})
}

/// A thousand functions, so that it has the size of what compilers of other languages
/// put out.
fn large() -> String {
    let body: String = (0..90)
        .map(|i| format!("(local.set 0 (i32.xor (i32.mul (local.get 0) (i32.const {i})) (call 0 (local.get 0))))"))
        .collect();
    let function = format!("(func (param i32) (result i32) {body} (local.get 0))");
    WAT.replace("(data", &format!("{} (data", function.repeat(1000)))
}
