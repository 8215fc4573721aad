//! The threads that run guests, and nothing else.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::task::AbortOnDropHandle;

use super::outcome::{ExecuteError, Outcome};

/// A runtime for guests.
#[derive(Debug)]
pub(super) struct Guests {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Guests {
    pub(super) fn new(threads: usize) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .thread_name("guests")
            .worker_threads(threads.max(1))
            // Who comes arrives from other threads, and who spins comes round on this one:
            // they alternate, and timers do not wait for long either.
            .global_queue_interval(2)
            .event_interval(8)
            .enable_time()
            .build()?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// Starts a guest, which runs until it is no longer waited for.
    pub(super) fn start<F>(
        &self,
        guest: F,
    ) -> impl Future<Output = Result<Outcome, ExecuteError>> + use<F>
    where
        F: Future<Output = Result<Outcome, ExecuteError>> + Send + 'static,
    {
        let guest = AbortOnDropHandle::new(self.handle.spawn(guest));
        async {
            guest
                .await
                .unwrap_or_else(|error| Err(ExecuteError::Host(error.to_string())))
        }
    }
}

impl Drop for Guests {
    /// Does not wait for guests: an engine may be dropped where nobody may block.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
