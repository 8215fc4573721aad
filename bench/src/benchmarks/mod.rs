//! The benchmarks, a file each.

mod bus;
mod compile;
mod engine;
mod events;
mod exec;
mod invoke;
mod memory;
mod modules;
mod pulsar;
mod startup;

use anyhow::Result;

use crate::report::Report;
use crate::settings::Settings;

/// All of them, in the order in which they run.
pub const BENCHMARKS: &[Benchmark] = &[
    exec::BENCHMARK,
    events::BENCHMARK,
    startup::BENCHMARK,
    memory::BENCHMARK,
    compile::BENCHMARK,
    engine::BENCHMARK,
    invoke::BENCHMARK,
    modules::BENCHMARK,
    bus::BENCHMARK,
    pulsar::BENCHMARK,
];

/// Something that is measured.
#[derive(Clone, Copy, Debug)]
pub struct Benchmark {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Measures it.
    pub run: fn(&Settings) -> Result<Report>,
}
