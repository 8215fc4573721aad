//! What ends a service: SIGTERM, Ctrl-C, and both once more.
//!
//! The first signal asks for an orderly end, a second one for an end at once.

use std::io;

use tokio_util::sync::CancellationToken;

/// The two wishes of whoever runs a service: that it ends, and that it ends now.
///
/// Clones share both.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    ordered: CancellationToken,
    at_once: CancellationToken,
}

impl Shutdown {
    /// A shutdown that nobody has asked for.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for an orderly end; asked again, for an end at once.
    pub fn request(&self) {
        if self.ordered.is_cancelled() {
            self.at_once.cancel();
        }
        self.ordered.cancel();
    }

    /// Whether an end was asked for.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.ordered.is_cancelled()
    }

    /// Waits until an end is asked for.
    pub async fn requested(&self) {
        self.ordered.cancelled().await;
    }

    /// Waits until an end at once is asked for.
    pub async fn requested_at_once(&self) {
        self.at_once.cancelled().await;
    }

    /// Has the signals of the process ask, from now on until the returned guard
    /// is dropped.
    ///
    /// Runs on the current Tokio runtime.
    ///
    /// # Errors
    /// The process cannot listen for signals.
    pub fn on_signals(&self) -> io::Result<SignalsGuard> {
        let mut signals = Signals::listen()?;
        let shutdown = self.clone();
        let task = tokio::spawn(async move {
            loop {
                signals.next().await;
                shutdown.request();
            }
        });
        Ok(SignalsGuard(task.abort_handle()))
    }
}

/// Keeps a [`Shutdown`] listening for signals.
#[derive(Debug)]
pub struct SignalsGuard(tokio::task::AbortHandle);

impl Drop for SignalsGuard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

#[cfg(test)]
mod tests {
    use super::Shutdown;

    #[tokio::test]
    async fn the_second_request_is_for_an_end_at_once() {
        let shutdown = Shutdown::new();
        assert!(!shutdown.is_requested());
        shutdown.clone().request();
        shutdown.requested().await;
        assert!(!shutdown.at_once.is_cancelled());
        shutdown.request();
        shutdown.requested_at_once().await;
    }
}
