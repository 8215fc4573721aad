//! What stands around one guest: its limits, and what it used of them.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::{ResourceLimiter, Result, Store, UpdateDeadline};

use super::limits::{Limit, Limits};
use super::meter::Meter;
use super::pace::Pace;

/// How many instances, memories and tables a guest may consist of. The pool allows less.
const INSTANCES: usize = 100;

/// What belongs to one guest. `W` is what it has of WASI.
pub(super) struct Sandbox<W> {
    pub(super) wasi: W,
    pub(super) growth: Growth,
    meter: Arc<Meter>,
    limits: Deadlines,
    pace: Pace,
}

struct Deadlines {
    wall_clock: Instant,
    cpu_time: std::time::Duration,
}

impl<W: Send + 'static> Sandbox<W> {
    /// A store for one guest, whose limits begin to count now.
    pub(super) fn store(
        engine: &wasmtime::Engine,
        wasi: W,
        limits: &Limits,
        deadline: Instant,
        meter: Arc<Meter>,
        pace: Pace,
    ) -> Result<Store<Self>> {
        let sandbox = Self {
            wasi,
            growth: Growth::new(limits),
            meter,
            limits: Deadlines {
                wall_clock: deadline,
                cpu_time: limits.cpu_time,
            },
            pace,
        };
        let mut store = Store::new(engine, sandbox);
        store.limiter(|sandbox| &mut sandbox.growth);
        if let Some(fuel) = limits.fuel {
            store.set_fuel(fuel)?;
        }
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut guest| guest.data_mut().slice_ended());
        Ok(store)
    }

    /// The clock of the guests has gone on while this one had a core: it ends, or makes
    /// way, or is about to end by itself.
    fn slice_ended(&mut self) -> Result<UpdateDeadline> {
        let taken = self.meter.cpu_time();
        if taken > self.limits.cpu_time {
            return Err(Limit::CpuTime.into());
        }
        if Instant::now() > self.limits.wall_clock {
            return Err(Limit::WallClock.into());
        }
        if !self.pace.is_over(taken) {
            return Ok(UpdateDeadline::Continue(1));
        }
        let way = self.pace.clone().make_way();
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(way)))
    }
}

/// What a guest's memories and tables grew to, and what was refused.
///
/// A guest that asks for too much is told so, as WASM has it. Most cannot go on then
/// and trap; that trap is the passing of the limit.
pub(super) struct Growth {
    memory: Counter,
    table: Counter,
    refused: Option<Limit>,
}

struct Counter {
    now: usize,
    most: usize,
}

impl Growth {
    fn new(limits: &Limits) -> Self {
        Self {
            memory: Counter {
                now: 0,
                most: limits.memory,
            },
            table: Counter {
                now: 0,
                most: limits.table,
            },
            refused: None,
        }
    }

    /// What all memories have together. None shrinks, so it is the peak too.
    pub(super) fn memory(&self) -> usize {
        self.memory.now
    }

    /// The limit that kept the guest from something it asked for.
    pub(super) fn refused(&self) -> Option<Limit> {
        self.refused
    }
}

impl Counter {
    /// Takes the step from `current` to `desired`, or leaves it.
    fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        let all = self.now.saturating_sub(current).saturating_add(desired);
        if all > self.most {
            return false;
        }
        // A step past the guest's own maximum fails behind this, and counts for nothing.
        if maximum.is_none_or(|maximum| desired <= maximum) {
            self.now = all;
        }
        true
    }
}

impl ResourceLimiter for Growth {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        let granted = self.memory.grow(current, desired, maximum);
        if !granted {
            self.refused = Some(Limit::Memory);
        }
        Ok(granted)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> Result<()> {
        self.refused = Some(Limit::Memory);
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        let granted = self.table.grow(current, desired, maximum);
        if !granted {
            self.refused = Some(Limit::Table);
        }
        Ok(granted)
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> Result<()> {
        self.refused = Some(Limit::Table);
        Ok(())
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn tables(&self) -> usize {
        INSTANCES
    }

    fn memories(&self) -> usize {
        INSTANCES
    }
}
