//! What requests on Apache Pulsar cost: whole hosts in processes of their own, beside a bare
//! loop of the client of the crate `pulsar` and beside Pulsar Functions, on one broker.
//!
//! All find the same requests in topics of the same kind: they lie there before anybody
//! comes, and what is counted are the completions that somebody else has read. Each
//! takes its turn in each round, so that whatever else the machine does hits all alike.
//!
//! Prints one JSON object, for `cargo xtask bench pulsar`. Arguments: how many `--rounds`,
//! how many `--requests` each has in one, and which of `throughput`, `latency` and `memory`
//! are measured, where not all are.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints, and ends where it goes wrong"
)]

#[path = "../../tests/pulsar/contract.rs"]
#[expect(dead_code, reason = "it is shared with tests, which use more of it")]
mod contract;
#[path = "../../tests/pulsar/ground.rs"]
#[expect(dead_code, reason = "likewise")]
mod ground;
#[path = "../../tests/api/http.rs"]
#[expect(dead_code, reason = "likewise")]
mod http;
#[path = "../../tests/pulsar/request.rs"]
#[expect(dead_code, reason = "likewise")]
mod request;
#[path = "../../tests/api/server.rs"]
#[expect(dead_code, reason = "likewise")]
mod server;
#[path = "../../tests/pulsar/soon.rs"]
mod soon;
#[path = "../../tests/api/wasm.rs"]
#[expect(dead_code, reason = "likewise")]
mod wasm;

mod bare;
mod broker;
mod contender;
mod counting;
mod java;
mod latency;
mod memory;
mod process;
mod sending;
mod settings;
mod throughput;

use serde_json::json;

use broker::Broker;
use settings::Settings;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    if arguments.next().as_deref() == Some(bare::NAME) {
        return runtime.block_on(bare::run(arguments));
    }
    runtime.block_on(measure(&Settings::read()));
}

async fn measure(settings: &Settings) {
    let broker = Broker::find().await;
    let mut measured = json!({"requests": settings.requests, "tenants": throughput::TENANTS});
    let mut rate = None;
    if settings.wants("throughput") {
        let throughput = throughput::measure(&broker, settings).await;
        rate = throughput["one"]["host"].as_array().and_then(|rates| {
            let mut rates: Vec<f64> = rates.iter().filter_map(|rate| rate.as_f64()).collect();
            rates.sort_by(f64::total_cmp);
            rates.get(rates.len() / 2).copied()
        });
        measured["throughput"] = throughput;
    }
    if settings.wants("latency") {
        let rate = rate.unwrap_or(settings.rate) / 2.0;
        measured["latency"] = latency::measure(&broker, rate).await;
    }
    if settings.wants("memory") {
        measured["memory"] = memory::measure(&broker).await;
    }
    println!("{measured}");
}
