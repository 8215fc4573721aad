//! What keeps a server going while a function blocks its thread.
//!
//! One thread of a Tokio runtime waits for sockets and timers on behalf of all.
//! Where it takes up a single call that then blocks, the others sleep on and nobody
//! waits for anything: the server stands still with threads to spare. So while calls
//! run, an empty task is handed in from outside now and then; whichever thread is
//! free wakes up for it, finds nobody waiting, and takes that over.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};

use super::{Error, Result};
use crate::executor::Executor;

/// How long a server may stand still.
const BEAT: Duration = Duration::from_millis(50);

/// Beats until it is dropped.
#[derive(Debug)]
pub(super) struct Pulse {
    _stop: Option<Sender<()>>,
}

impl Pulse {
    pub(super) fn start(executor: &Executor, workers: &Handle) -> Result<Self> {
        if workers.runtime_flavor() == RuntimeFlavor::CurrentThread {
            // Its only thread is the one that blocks.
            return Ok(Self { _stop: None });
        }
        let (stop, stopped) = mpsc::channel();
        let (executor, workers) = (executor.clone(), workers.clone());
        thread::Builder::new()
            .name("functions-pulse".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                    if executor.in_flight() > 0 {
                        workers.spawn(async {});
                    }
                }
            })
            .map_err(|source| Error::System {
                what: "start the thread of the pulse",
                source,
            })?;
        Ok(Self { _stop: Some(stop) })
    }
}
