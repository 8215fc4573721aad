//! What a tenant notices of another one whose modules spin.
//!
//! Both call the same host. In turns the quiet one is alone, and beside as many spinning
//! executions as the other one can get; who loads is one thread, whatever the other does.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::{KIND, path};
use crate::call::Call;
use crate::host::Host;
use crate::http::{exchange, upload};
use crate::load::{Load, Until};
use crate::measured::Measured;
use crate::report::{Goal, Report, Table};
use crate::settings::Settings;

const TURN: Duration = Duration::from_millis(500);
const WARM_UP: Duration = Duration::from_millis(300);
/// Connections of the quiet one.
const QUIET: usize = 4;
/// Executions of the other one: more than there are processors.
const SPINNING: usize = 16;

/// Each spin ends by its limit and is followed by the next.
const FLAGS: [&str; 3] = ["--trust-gateway", "--limit-cpu-time", "0.1"];

const SPIN: &str = r#"(module
    (memory (export "memory") 1)
    (func (export "allocate") (param i32) (result i32) (i32.const 1024))
    (func (export "run") (param i32 i32) (result i32) (loop $again (br $again)) (i32.const 0)))"#;

pub(super) fn run(settings: &Settings, host: &Host, report: &mut Report) -> Result<Value> {
    let server = host.start(&FLAGS)?;
    let address = server.address();
    upload(
        address,
        "spin",
        &wat::parse_str(SPIN).context("a module is wrong")?,
    )?;
    let call = Call::of(&path(1), KIND, "", "1").with_header("x-tid", "quiet");
    let mut load = Load::open(address, call, QUIET)?;
    load.run(Until::Elapsed(WARM_UP))?;
    let (mut alone, mut beside) = (Measured::nothing()?, Measured::nothing()?);
    let turns = settings.pairs * settings.duration.as_secs() as usize;
    for _ in 0..turns {
        alone.add(&load.run(Until::Elapsed(TURN))?)?;
        beside.add(&while_others_spin(address, &mut load)?)?;
    }
    let title = format!("{QUIET} calls at once of one tenant, {turns} turns of {TURN:?} each way");
    let mut table = Table::new(title, &["", "requests/s", "p50 µs", "p99 µs", "p99.9 µs"]);
    let beside_name = format!("beside {SPINNING} that spin");
    for (name, measured) in [("alone", &alone), (beside_name.as_str(), &beside)] {
        let latencies = [0.5, 0.99, 0.999].map(|quantile| measured.latency_us(quantile));
        let figures = std::iter::once(measured.rate()).chain(latencies);
        table.row(name, figures.map(|figure| format!("{figure:.0}")));
    }
    report.tables.push(table);
    let ratio = beside.latency_us(0.99) / alone.latency_us(0.99);
    let what = "p99 of a tenant while another one spins, ratio";
    report.goals.push(Goal::at_most(what, 2.0, ratio));
    Ok(json!({
        "alone_p99_us": alone.latency_us(0.99), "beside_p99_us": beside.latency_us(0.99),
        "alone_rate": alone.rate(), "beside_rate": beside.rate(),
    }))
}

fn while_others_spin(address: SocketAddr, load: &mut Load) -> Result<Measured> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let spinners: Vec<_> = (0..SPINNING)
            .map(|_| scope.spawn(|| spin(address, &over)))
            .collect();
        std::thread::sleep(WARM_UP);
        let measured = load.run(Until::Elapsed(TURN));
        over.store(true, Ordering::Relaxed);
        for spinner in spinners {
            match spinner.join() {
                Ok(spun) => spun?,
                Err(_) => bail!("a caller who spins has panicked"),
            }
        }
        measured
    })
}

/// Spins over and over. Each ends by its limit of time.
fn spin(address: SocketAddr, over: &AtomicBool) -> Result<()> {
    let line = "POST /api/v1/wasm-modules/spin/invoke";
    while !over.load(Ordering::Relaxed) {
        let (status, answer) = exchange(address, line, &[("x-tid", "loud")], b"")?;
        ensure!(
            status == 504,
            "what spins for ever ended with {status}: {}",
            String::from_utf8_lossy(&answer)
        );
    }
    Ok(())
}
