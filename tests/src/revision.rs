//! A server as Knative runs one, by the rules that Knative keeps.
//!
//! A revision has no process until somebody calls. Its activator holds calls back until
//! there is one; its queue-proxy, see [`QueueProxy`], asks that whether it is ready, and
//! lets calls through from then on, so many at once. Scaled to zero, the process is asked to
//! end while calls are on their way to it still.

mod queue_proxy;

use std::process::{Command, ExitStatus};

use serde_json::Value;
use tokio::sync::Mutex;

pub use queue_proxy::{Probe, QueueProxy};

use crate::{Answer, call};

/// What runs where somebody calls, and nothing otherwise.
#[derive(Debug)]
pub struct Revision<F> {
    command: F,
    concurrency: usize,
    running: Mutex<Option<QueueProxy>>,
}

impl<F: Fn() -> Command> Revision<F> {
    /// One that is scaled to zero: `command` is what it runs, of which no more than
    /// `concurrency` calls are to run at once.
    pub fn new(concurrency: usize, command: F) -> Self {
        Self {
            command,
            concurrency,
            running: Mutex::new(None),
        }
    }

    /// Its process, which is started where there is none.
    pub async fn scaled_up(&self) -> QueueProxy {
        let mut running = self.running.lock().await;
        let start = || QueueProxy::start(&mut (self.command)(), self.concurrency);
        running.get_or_insert_with(start).clone()
    }

    /// Calls a function, whether or not there is a process for it.
    pub async fn exec(&self, function: &str, args: &Value) -> anyhow::Result<Answer> {
        let proxy = self.scaled_up().await;
        proxy.post("/exec", call(function, args)).await
    }

    /// Has its process end, and waits for that. Who calls from now on gets another one.
    ///
    /// # Panics
    /// There is none, or it does not end.
    pub async fn scale_to_zero(&self) -> ExitStatus {
        let running = self.running.lock().await.take();
        let proxy = running.expect("it has been called");
        proxy.terminate();
        proxy.ended().await
    }
}
