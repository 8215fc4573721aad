//! How many events per second go through the embedded bus, each on the disk before it is
//! acknowledged, with 64 on their way at once: the bus alone, and with the history as a
//! host keeps it. The folder is made in `TMPDIR`, which should lie on the disk that is
//! meant. Prints one JSON object, for `cargo xtask bench bus`.
//!
//! With a number as its argument it has so many events go through, once, with the history
//! and nothing else: what a profiler looks at.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints, and ends where it goes wrong"
)]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use functions_host::bus::{Bus, Completion, Embedded, EmbeddedConfig, Outcome, Request, RequestId};
use functions_host::database::Database;
use functions_host::executions::{Ending, Executions, ExecutionsConfig};
use functions_host::worker::execution_of;
use tokio::task::JoinSet;
use uuid::Uuid;

/// How many are on their way at once.
const IN_FLIGHT: usize = 64;

/// How many there are in a round.
const EVENTS: usize = 20_000;

const ROUNDS: usize = 5;

const TENANTS: usize = 4;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let number = std::env::args().nth(1).and_then(|first| first.parse().ok());
    match number {
        Some(events) => drop(runtime.block_on(round(events, true))),
        None => runtime.block_on(measure()),
    }
}

async fn measure() {
    let mut disks = Vec::new();
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        disks.push(disk(folder.path()));
        for (rates, with_history) in rates.iter_mut().zip([false, true]) {
            let took = round(EVENTS, with_history).await;
            rates.push(EVENTS as f64 / took.as_secs_f64());
        }
    }
    let [bus, with_history] = rates;
    let samples = serde_json::json!({
        "in_flight": IN_FLIGHT,
        "synced_writes_per_second": disks,
        "bus_events_per_second": bus,
        "with_history_events_per_second": with_history,
    });
    println!("{samples}");
}

async fn round(events: usize, with_history: bool) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("events.db"))
        .await
        .unwrap();
    let bus = Embedded::open(database.clone(), EmbeddedConfig::default()).await;
    let bus: Arc<dyn Bus> = Arc::new(bus.unwrap());
    let executions = Executions::open(database.clone(), ExecutionsConfig::default()).await;
    let executions = executions.unwrap();
    let left = Arc::new(AtomicUsize::new(events));
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for task in 0..IN_FLIGHT {
        let (bus, executions, left) = (Arc::clone(&bus), executions.clone(), Arc::clone(&left));
        tasks.spawn(async move {
            while take(&left) {
                let request = request(task % TENANTS);
                let new = execution_of(&request);
                bus.submit(request).await.unwrap();
                if with_history {
                    executions.accept(new).await.unwrap();
                }
                carry_out(&*bus, with_history.then_some(&executions)).await;
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    let took = began.elapsed();
    assert!(bus.backlog().await.unwrap().is_empty());
    took
}

/// One of those that wait, whoever has put it there.
async fn carry_out(bus: &dyn Bus, executions: Option<&Executions>) {
    let delivery = bus.receive().await.unwrap();
    let request = &delivery.request;
    let results = BTreeMap::from([("size".to_owned(), "7".to_owned())]);
    if let Some(executions) = executions {
        let new = execution_of(request);
        let id = new.id();
        executions
            .begin_counted(new, delivery.attempt)
            .await
            .unwrap();
        let ending = Ending {
            outcome: Ok(results.clone()),
            ..Ending::failure("", "")
        };
        executions.finish(id, ending).await.unwrap();
    }
    let completion = Completion {
        execution_id: Uuid::nil(),
        tenant_id: request.tenant.clone(),
        asset_id: request.asset_id.clone(),
        wasm_module_id: request.wasm_module_id.clone(),
        outcome: Outcome::Success(results),
        fault: None,
        event_timestamp: 0,
    };
    delivery.finish(completion).await.unwrap();
}

fn take(left: &AtomicUsize) -> bool {
    let one_less = |left: usize| left.checked_sub(1);
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
        .is_ok()
}

fn request(tenant: usize) -> Request {
    Request {
        id: RequestId::unique(),
        tenant: format!("tenant-{tenant}").parse().unwrap(),
        asset_id: "asset".to_owned(),
        asset_uri: "data:application/octet-stream;base64,eyJzaXplIjo3fQ==".to_owned(),
        wasm_module_id: "echo".to_owned(),
        event_timestamp: 0,
        repeats: None,
        flaw: None,
    }
}

/// How many small writes the disk takes in a second, one after the other.
fn disk(folder: &Path) -> f64 {
    let mut file = std::fs::File::create(folder.join("disk")).unwrap();
    let began = Instant::now();
    for _ in 0..200 {
        file.write_all(&[0; 4096]).unwrap();
        file.sync_data().unwrap();
    }
    200.0 / began.elapsed().as_secs_f64()
}
