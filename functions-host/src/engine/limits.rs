//! What one execution may take.

use std::fmt;
use std::time::Duration;

/// What one execution may take. Each execution has its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How long it may take, waiting included, from the moment it has its place.
    pub wall_clock: Duration,
    /// How much time it may take on a CPU. Looked at once a
    /// [slice](super::EngineConfig::slice), so it may be passed by that much.
    pub cpu_time: Duration,
    /// How many instructions it may take, one of wasmtime's fuel each: a bound that is the
    /// same on every machine, looked at where functions begin and loops go round. Needs a
    /// module that was prepared with [`Metering::Fuel`], which runs slower.
    pub fuel: Option<u64>,
    /// How many bytes of memory, over all memories of a component. Whole pages of
    /// 64 KiB; the engine's [`max_memory`](super::EngineConfig::max_memory) bounds each
    /// memory too.
    pub memory: usize,
    /// How many elements its tables may have together.
    pub table: usize,
    /// How many bytes of output.
    pub output: usize,
    /// How many bytes it may write to the standard error stream.
    pub log: usize,
    /// And how many lines: whatever follows the end of the last one is too much.
    pub log_lines: usize,
}

impl Limits {
    /// What has to be counted to hold them: what a module is to be prepared with.
    #[must_use]
    pub fn metering(&self) -> Metering {
        match self.fuel {
            Some(_) => Metering::Fuel,
            None => Metering::Time,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall_clock: Duration::from_secs(30),
            cpu_time: Duration::from_secs(10),
            fuel: None,
            memory: 128 << 20,
            table: 20_000,
            output: 8 << 20,
            log: 256 << 10,
            log_lines: 1000,
        }
    }
}

/// What is counted while a module runs, which is decided when it is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Metering {
    /// Time.
    #[default]
    Time,
    /// Time, and each instruction.
    Fuel,
}

/// The limit that ended an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::wall_clock`].
    WallClock,
    /// [`Limits::cpu_time`].
    CpuTime,
    /// [`Limits::fuel`].
    Fuel,
    /// [`Limits::memory`]: the guest asked for more, was refused, and could not go on.
    Memory,
    /// [`Limits::table`], likewise.
    Table,
    /// [`EngineConfig::stack`](super::EngineConfig::stack).
    Stack,
    /// [`Limits::output`].
    Output,
    /// [`Limits::log`].
    Log,
    /// [`Limits::log_lines`].
    LogLines,
}

impl Limit {
    /// Its name: a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::WallClock => "wall-clock",
            Self::CpuTime => "cpu-time",
            Self::Fuel => "fuel",
            Self::Memory => "memory",
            Self::Table => "table",
            Self::Stack => "stack",
            Self::Output => "output",
            Self::Log => "log",
            Self::LogLines => "log-lines",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WallClock => "the limit of time was passed",
            Self::CpuTime => "the limit of CPU time was passed",
            Self::Fuel => "the limit of instructions was passed",
            Self::Memory => "the limit of memory was passed",
            Self::Table => "the limit of table elements was passed",
            Self::Stack => "the limit of the stack was passed",
            Self::Output => "the limit of output was passed",
            Self::Log => "the limit of log output was passed",
            Self::LogLines => "the limit of log lines was passed",
        })
    }
}
