//! A watch on one connection: whether anything still happens on it.
//!
//! A timer for each request would be set and unset thousands of times a second to
//! fire never. The watch counts instead what happens (requests that came whole,
//! bytes of answers that left) and looks now and then whether it still does.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// How often the watch looks within the time that a connection may stall.
const LOOKS: u32 = 2;

#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Requests that are being answered.
    answering: AtomicUsize,
    /// Whatever moves the connection on, counted.
    steps: AtomicUsize,
}

impl Watch {
    fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until nothing has happened for `timeout`.
    pub(super) async fn stalled(self: Arc<Self>, timeout: Duration) {
        let mut seen = self.steps.load(Ordering::Relaxed);
        let mut still = 0;
        while still < LOOKS {
            tokio::time::sleep(timeout / LOOKS).await;
            let now = self.steps.load(Ordering::Relaxed);
            if now == seen && self.answering.load(Ordering::Relaxed) == 0 {
                still += 1;
            } else {
                still = 0;
            }
            seen = now;
        }
    }
}

/// A request that is being answered: until its answer is made, the connection does
/// not stall; until it is sent, a drain waits for it.
pub(super) struct Answering {
    watch: Arc<Watch>,
    answers: TaskTracker,
}

impl Answering {
    pub(super) fn begin(watch: &Arc<Watch>, answers: &TaskTracker) -> Self {
        watch.step();
        watch.answering.fetch_add(1, Ordering::Relaxed);
        Self {
            watch: Arc::clone(watch),
            answers: answers.clone(),
        }
    }

    pub(super) fn with(self, body: Body) -> Answer {
        Answer {
            body,
            _token: self.answers.token(),
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.watch.step();
        self.watch.answering.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer on its way.
pub(super) struct Answer {
    body: Body,
    _token: TaskTrackerToken,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream whose writes are steps. Reads are none: a head that trickles in is
/// no more welcome than one that does not come.
pub(super) struct Watched<S> {
    stream: S,
    watch: Arc<Watch>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, watch: Arc<Watch>) -> Self {
        Self { stream, watch }
    }

    fn count(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(1..)) = written {
            self.watch.step();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.count(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.count(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::time::{Instant, sleep, timeout};
    use tokio_util::task::TaskTracker;

    use super::{Answering, Watch};

    const TIMEOUT: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_nothing_happens_is_stalled_after_its_time() {
        let start = Instant::now();
        Arc::new(Watch::default()).stalled(TIMEOUT).await;
        assert_eq!(start.elapsed().as_secs(), TIMEOUT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_not_stalled_while_a_request_is_answered() {
        let watch = Arc::new(Watch::default());
        let answering = Answering::begin(&watch, &TaskTracker::new());
        assert!(
            timeout(TIMEOUT * 100, Arc::clone(&watch).stalled(TIMEOUT))
                .await
                .is_err()
        );
        drop(answering);
        watch.stalled(TIMEOUT).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_now_and_then_keeps_a_connection() {
        let watch = Arc::new(Watch::default());
        let steps = async {
            loop {
                sleep(TIMEOUT * 9 / 10).await;
                watch.step();
            }
        };
        let stalled = Arc::clone(&watch).stalled(TIMEOUT);
        tokio::select! {
            () = steps => {}
            () = stalled => panic!("the connection was given up"),
            () = sleep(TIMEOUT * 20) => {}
        }
    }
}
