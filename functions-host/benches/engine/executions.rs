//! Warm executions of a small module.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use functions_host::engine::{Call, Engine, EngineConfig, Limits, Metering, Prepared};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::bare::{Bare, HandedOver};
use crate::guest::{INPUT, wasm};

const ROUNDS: usize = 25;
const EACH: usize = 4_000;

/// Microseconds an execution, one sample a round.
pub(crate) async fn measure() -> Value {
    let wasm = wasm();
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::new(EngineConfig::new(folder.path())).unwrap();
    let module = wasm.clone();
    let ready = engine
        .prepare(Sha256::digest(&wasm).into(), Metering::Time, async {
            Ok(module)
        })
        .await
        .unwrap();
    let bare = Bare::new(&wasm);
    let tuned = Bare::tuned(&wasm);
    let (handed_over, threads) = HandedOver::new(tuned.clone());
    let mut all = Vec::new();
    let ours = Ours {
        engine,
        module: ready,
    };
    for in_flight in [1, 2, 8, 32] {
        let (mut bares, mut tuneds) = (Vec::new(), Vec::new());
        let (mut overs, mut engines) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bares.push(timed(in_flight, &bare).await);
            tuneds.push(timed(in_flight, &tuned).await);
            engines.push(timed(in_flight, &ours).await);
            overs.push(timed(in_flight, &handed_over).await);
        }
        all.push(json!({
            "in_flight": in_flight,
            "bare_us": bares,
            "tuned_us": tuneds,
            "handed_over_us": overs,
            "engine_us": engines,
        }));
    }
    threads.shutdown_background();
    all.into()
}

/// Something that runs the module once.
trait Runs: Clone + Send + 'static {
    fn once(&self) -> impl Future<Output = Bytes> + Send;
}

impl Runs for Bare {
    async fn once(&self) -> Bytes {
        self.run().await
    }
}

impl Runs for HandedOver {
    async fn once(&self) -> Bytes {
        self.run().await
    }
}

#[derive(Clone)]
struct Ours {
    engine: Engine,
    module: Arc<Prepared>,
}

impl Runs for Ours {
    async fn once(&self) -> Bytes {
        let call = Call {
            tenant: "tenant".parse().unwrap(),
            handler: "run".into(),
            input: Bytes::from_static(INPUT.as_bytes()),
            environment: Vec::new(),
            http: std::sync::Arc::default(),
            limits: Limits::default(),
        };
        let outcome = self.engine.execute(&self.module, call).await.unwrap();
        outcome.result.unwrap()
    }
}

/// Microseconds that each of many executions takes, with so many at once.
async fn timed(in_flight: usize, runs: &impl Runs) -> f64 {
    let began = Instant::now();
    let times = EACH / in_flight;
    let all: Vec<_> = (0..in_flight)
        .map(|_| {
            let runs = runs.clone();
            tokio::spawn(async move {
                for _ in 0..times {
                    assert_eq!(runs.once().await, INPUT);
                }
            })
        })
        .collect();
    for task in all {
        task.await.unwrap();
    }
    let executions = (times * in_flight) as f64;
    began.elapsed().as_secs_f64() * 1e6 / executions
}
