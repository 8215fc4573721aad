//! One execution: a store, a guest in it, and what came of it.

mod fault;
mod wasi;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use tokio::time::timeout_at;
use wasmtime::{Result, Store};

use super::Call;
use super::abi::component::Wasi;
use super::abi::{command, component, pointer};
use super::limits::{Limit, Limits};
use super::meter::{Meter, metered};
use super::outcome::{ExecuteError, Outcome, Usage};
use super::outgoing::Http;
use super::pace::Pace;
use super::prepared::{Guest, Prepared};
use super::sandbox::Sandbox;
use super::streams::Kept;

pub(super) use wasi::LONGEST;

/// Runs a module once.
///
/// What a command or a component needs is boxed: it is many times as large, and the
/// shortest executions would carry it along.
pub(super) async fn run(
    module: &Prepared,
    call: Call,
    http: Option<Box<Http>>,
    pace: Pace,
) -> Result<Outcome, ExecuteError> {
    let run = Run::begin(&call.limits, pace);
    match &module.guest {
        Guest::Pointer(guest) => {
            let mut store = run.store(module, (), &call)?;
            let work = pointer::run(
                &mut store,
                guest,
                &call.handler,
                &call.input,
                call.limits.output,
            );
            let ended = run.to_its_end(work).await;
            run.outcome(&mut store, ended, None, &call.limits)
        }
        Guest::Command(guest) => {
            let streams = Streams::new(&call.limits);
            let wasi = wasi::builder(&call, &streams).build_p1();
            let mut store = run.store(module, wasi, &call)?;
            let work = Box::pin(command::run(&mut store, guest));
            let ended = run.to_its_end(work).await;
            let ended = ended.map(|()| Bytes::new());
            run.outcome(&mut store, ended, Some(&streams), &call.limits)
        }
        Guest::Component(guest) => {
            let streams = Streams::new(&call.limits);
            let wasi = Wasi {
                ctx: wasi::builder(&call, &streams).build(),
                table: wasi::table(),
                http: http.map_or_else(Http::none, |http| *http),
            };
            let mut store = run.store(module, wasi, &call)?;
            let work = Box::pin(component::run(&mut store, guest));
            let ended = run.to_its_end(work).await;
            let ended = ended.map(|()| Bytes::new());
            run.outcome(&mut store, ended, Some(&streams), &call.limits)
        }
    }
}

/// What a command writes.
struct Streams {
    stdout: Kept,
    stderr: Kept,
}

impl Streams {
    fn new(limits: &Limits) -> Self {
        Self {
            stdout: Kept::output(limits.output),
            stderr: Kept::log(limits.log, limits.log_lines),
        }
    }
}

struct Run {
    began: Instant,
    deadline: Instant,
    meter: Arc<Meter>,
    pace: Pace,
}

impl Run {
    fn begin(limits: &Limits, pace: Pace) -> Self {
        let began = Instant::now();
        Self {
            began,
            deadline: began
                .checked_add(limits.wall_clock)
                .unwrap_or_else(|| began + wasi::LONGEST),
            meter: Arc::new(Meter::default()),
            pace,
        }
    }

    fn store<W: Send + 'static>(
        &self,
        module: &Prepared,
        wasi: W,
        call: &Call,
    ) -> Result<Store<Sandbox<W>>, ExecuteError> {
        let (meter, pace) = (Arc::clone(&self.meter), self.pace.clone());
        Sandbox::store(
            &module.engine,
            wasi,
            &call.limits,
            self.deadline,
            meter,
            pace,
        )
        .map_err(|error| ExecuteError::Host(format!("{error:#}")))
    }

    /// Lets a guest run until it ends, or the time is over.
    async fn to_its_end<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let ended = timeout_at(self.deadline.into(), metered(&self.meter, work)).await;
        self.pace.is_done(self.meter.total());
        ended.unwrap_or_else(|_| Err(Limit::WallClock.into()))
    }

    fn outcome<W: Send + 'static>(
        &self,
        store: &mut Store<Sandbox<W>>,
        ended: Result<Bytes>,
        streams: Option<&Streams>,
        limits: &Limits,
    ) -> Result<Outcome, ExecuteError> {
        let stdout = streams
            .map(|streams| streams.stdout.take())
            .unwrap_or_default();
        let stderr = streams
            .map(|streams| streams.stderr.take())
            .unwrap_or_default();
        let result = match ended {
            Ok(output) => Ok(if streams.is_some() {
                stdout.clone()
            } else {
                output
            }),
            Err(error) => fault::read(&error, store.data().growth.refused())?
                .map_or_else(|| Ok(stdout.clone()), Err),
        };
        Ok(Outcome {
            result,
            stdout,
            stderr,
            usage: Usage {
                wall_clock: self.began.elapsed(),
                cpu_time: self.meter.total(),
                fuel: limits
                    .fuel
                    .map(|fuel| fuel.saturating_sub(store.get_fuel().unwrap_or(0))),
                memory: store.data().growth.memory(),
            },
        })
    }
}
