//! Connections: accepted, bounded, watched and brought to an end.
//!
//! axum's own `serve` waits for ever: for a head that never comes whole, for a
//! reader that never reads, for a drain that one half-sent request holds up. Here
//! every connection is watched, there are only so many of them,
//! and a drain waits for answers, not for callers.

mod accept;
mod answers;
mod connection;
mod drain;
mod open;
mod payload;
#[cfg(test)]
mod tests;
mod watch;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

pub use answers::Answers;
use open::Open;
pub use payload::Payload;

/// How many requests one HTTP/2 connection has open at once.
const MAX_STREAMS: u32 = 256;

/// How many bytes of a body an HTTP/2 caller sends before they are read: as many as
/// HTTP/1 callers get to.
const STREAM_WINDOW: u32 = 64 * 1024;

/// The same for all bodies of one connection.
const CONNECTION_WINDOW: u32 = 2 * STREAM_WINDOW;

/// What bounds the connections of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// How many there are at once. More wait in the kernel's queue.
    pub max_connections: usize,
    /// How many bytes the head of a request may have; 8,192 at least.
    pub max_header_bytes: usize,
    /// How long one may go without an answer in the making and without a byte of
    /// one being read. Noticed within one and a half times this.
    pub idle_timeout: Duration,
}

/// The connections of one listener. Those that are still open when this is dropped are
/// ended.
#[derive(Debug)]
pub struct Connections {
    places: Arc<Semaphore>,
    idle_timeout: Duration,
    http: auto::Builder<TokioExecutor>,
    open: Arc<Open>,
    tasks: TaskTracker,
}

impl Connections {
    /// Connections within these limits.
    #[must_use]
    pub fn new(limits: ConnectionLimits) -> Self {
        let mut http = auto::Builder::new(TokioExecutor::new());
        // No timer: the watch does in one what the protocols' timers do for each request.
        http.http1().max_buf_size(limits.max_header_bytes.max(8192));
        http.http2()
            .max_header_list_size(u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(MAX_STREAMS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW);
        let places = limits.max_connections.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places)),
            idle_timeout: limits.idle_timeout,
            http,
            open: Arc::new(Open::default()),
            tasks: TaskTracker::new(),
        }
    }

    /// Serves what comes in on `listener` on the runtime of `workers`, until this is
    /// dropped. What was accepted by then goes on.
    pub async fn serve(
        &self,
        listener: &TcpListener,
        answers: &impl Answers,
        workers: &Handle,
    ) -> Infallible {
        tokio::select! {
            never = self.accept(listener, answers, workers) => never,
            never = self.open.close_stalled(self.idle_timeout) => never,
        }
    }

    /// Ends all connections at once.
    pub fn abort(&self) {
        self.open.abort();
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.abort();
    }
}
