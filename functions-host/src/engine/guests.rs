//! The threads that run guests, and nothing else.
//!
//! A guest that spins takes all of a core, and there are few. Those who come wait for none of
//! them: guests wait in two [queues](queue). The threads of the first one run whoever comes,
//! in the order of their coming. A guest that is not done after a slice goes on in the
//! second, which has as many threads of its own.
//!
//! The system shares the cores out among all of these and those that answer callers. None
//! has a lower rank than others: such a thread may lose its core while it holds what others
//! need, and come to no end where a machine is busy with something else. What keeps those
//! who run for long out of the way of others is that their turns are short, that an arrival
//! [ends](turns) them, and that they [offer](courtesy) their core in between.
//!
//! A guest is an async task, which carries its own queue with it: no runtime that is made
//! for tasks in general lets one go from some threads to others.

mod courtesy;
mod patience;
mod queue;
mod turns;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use async_task::{Builder, Runnable};
use tokio::runtime::{self, Runtime};

use super::outcome::ExecuteError;
use super::pace::Pace;
use courtesy::Courtesy;
use patience::Patience;
use queue::Queue;
use turns::Turns;

/// A guest that can go on.
type Job = Runnable<Pace>;

/// The threads. They end when this is dropped, and so do the guests.
#[derive(Debug)]
pub(super) struct Guests {
    queues: Arc<Queues>,
}

#[derive(Debug)]
struct Queues {
    /// Those who have come.
    quick: Queue,
    /// Those who run for long.
    long: Queue,
    turns: Turns,
    /// Of those who wait for the end of a guest.
    patience: Patience,
}

/// Wakes guests that wait for a time.
#[derive(Debug)]
struct Timers(Option<Runtime>);

impl Guests {
    /// Starts `threads` for those who come, and as many for those who run for long.
    pub(super) fn new(threads: usize) -> io::Result<Self> {
        let threads = threads.max(1);
        let queues = Arc::new(Queues {
            quick: Queue::new(),
            long: Queue::new(),
            turns: Turns::default(),
            patience: Patience::new(),
        });
        let guests = Self { queues };
        let timers = Arc::new(Timers::start()?);
        for _ in 0..threads {
            guests.thread("guests", &timers, |queues| {
                while let Some(job) = queues.quick.take() {
                    run(job);
                }
            })?;
            guests.thread("guests-long", &timers, |queues| {
                let mut courtesy = Courtesy::default();
                while let Some(job) = queues.long.take() {
                    let began = Instant::now();
                    queues.turns.begin();
                    run(job);
                    queues.turns.end();
                    courtesy.turn_ended(began.elapsed());
                }
            })?;
        }
        Ok(guests)
    }

    /// Whether it is time to end the turns of those who run for long, since somebody has
    /// come.
    pub(super) fn end_turns(&self) -> bool {
        self.queues.turns.are_due()
    }

    fn thread(
        &self,
        name: &str,
        timers: &Arc<Timers>,
        work: impl FnOnce(&Queues) + Send + 'static,
    ) -> io::Result<()> {
        let (queues, timers) = (Arc::clone(&self.queues), Arc::clone(timers));
        let thread = thread::Builder::new().name(name.to_owned());
        thread.spawn(move || {
            let _entered = timers.0.as_ref().map(Runtime::enter);
            work(&queues);
        })?;
        Ok(())
    }

    /// Starts a guest, which runs until it is no longer waited for.
    pub(super) fn start<F, T>(
        &self,
        pace: Pace,
        guest: F,
    ) -> impl Future<Output = Result<T, ExecuteError>> + use<F, T>
    where
        F: Future<Output = Result<T, ExecuteError>> + Send + 'static,
        T: Send + 'static,
    {
        let queues = Arc::clone(&self.queues);
        let schedule = move |job: Job| {
            queues.put(job);
        };
        let (job, guest) = Builder::new().metadata(pace).spawn(|_| guest, schedule);
        let is_next = self.queues.put(job);
        let guest = guest.fallible();
        let queues = Arc::clone(&self.queues);
        async move {
            if is_next {
                queues.patience.look(|| guest.is_finished());
            }
            guest.await.unwrap_or_else(|| {
                let why = "running the guest panicked, or the engine has come to its end";
                Err(ExecuteError::Host(why.to_owned()))
            })
        }
    }
}

impl Queues {
    /// Puts a guest where it belongs; `true` where it goes on at once.
    fn put(&self, job: Job) -> bool {
        match job.metadata().is_long() {
            false => self.quick.put(job),
            true => self.long.put(job),
        }
    }
}

impl Drop for Guests {
    /// Does not wait for guests: an engine may be dropped where nobody may block.
    fn drop(&mut self) {
        self.queues.quick.close();
        self.queues.long.close();
    }
}

/// Gives a guest a turn. A panic ends the guest, and not the thread.
fn run(job: Job) {
    let _ = catch_unwind(AssertUnwindSafe(|| job.run()));
}

impl Timers {
    fn start() -> io::Result<Self> {
        let runtime = runtime::Builder::new_multi_thread()
            .thread_name("guests-timers")
            .worker_threads(1)
            .enable_time()
            .build()?;
        Ok(Self(Some(runtime)))
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests;
