//! The clock of the guests: a thread that moves the epoch on, so that no guest runs
//! longer than a slice without a look at its limits.
//!
//! A thread of its own, since any other may be held up by a guest. It sleeps while no
//! guest runs.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use wasmtime::EngineWeak;

/// After so many slices without a guest the clock stops, until the next one comes.
const IDLE_SLICES: u32 = 200;

/// How often a stopped clock looks whether its engine is still there.
const NAP: Duration = Duration::from_secs(1);

/// Counts the guests that run, and keeps the clock going while there are any.
#[derive(Debug, Clone)]
pub(super) struct Ticker(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    running: AtomicUsize,
    asleep: AtomicBool,
    lock: Mutex<()>,
    wake: Condvar,
}

/// As long as it lives the clock runs.
#[derive(Debug)]
pub(super) struct Running(Arc<Shared>);

impl Ticker {
    /// Starts the clock of an engine. It ends with the engine.
    pub(super) fn start(engine: EngineWeak, slice: Duration) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let clock = Arc::downgrade(&shared);
        thread::Builder::new()
            .name("guests-clock".to_owned())
            .spawn(move || {
                let mut idle = 0;
                while let (Some(engine), Some(shared)) = (engine.upgrade(), clock.upgrade()) {
                    engine.increment_epoch();
                    drop(engine);
                    idle = if shared.running.load(Ordering::SeqCst) > 0 {
                        0
                    } else {
                        idle + 1
                    };
                    if idle > IDLE_SLICES {
                        shared.sleep();
                        idle = 0;
                    }
                    drop(shared);
                    thread::sleep(slice);
                }
            })?;
        Ok(Self(shared))
    }

    /// A guest begins.
    pub(super) fn run(&self) -> Running {
        if self.0.running.fetch_add(1, Ordering::SeqCst) == 0 {
            self.0.wake();
        }
        Running(Arc::clone(&self.0))
    }
}

impl Shared {
    /// Waits for a guest. Whoever comes sees `asleep`, or is seen in `running`.
    fn sleep(&self) {
        let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.asleep.store(true, Ordering::SeqCst);
        if self.running.load(Ordering::SeqCst) == 0 {
            drop(self.wake.wait_timeout(guard, NAP));
        }
        self.asleep.store(false, Ordering::SeqCst);
    }

    fn wake(&self) {
        if self.asleep.load(Ordering::SeqCst) {
            let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            self.wake.notify_one();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}
