//! A watch on one connection: whether anything still happens on it.
//!
//! A timer for each request would be set and unset thousands of times a second to
//! fire never. The watch counts instead what happens (requests that came whole,
//! bytes of answers that left), and somebody looks now and then whether it still does.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Payload;

/// How often somebody looks within the time that a connection may stall.
pub(super) const LOOKS: u32 = 2;

#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Requests whose answers are being made.
    answering: AtomicUsize,
    /// Answers that are being sent.
    sending: AtomicUsize,
    /// Whether bytes wait for a caller who does not read them.
    is_blocked: AtomicBool,
    /// Whatever moves the connection on, counted.
    steps: AtomicUsize,
    /// Whether the next answer is the last one.
    is_ending: AtomicBool,
}

impl Watch {
    pub(super) fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn steps(&self) -> usize {
        self.steps.load(Ordering::Relaxed)
    }

    pub(super) fn end_with_next(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_answering(&self) -> bool {
        self.answering.load(Ordering::Relaxed) > 0
    }

    pub(super) fn is_sending(&self) -> bool {
        self.sending.load(Ordering::Relaxed) > 0 || self.is_blocked.load(Ordering::Relaxed)
    }
}

/// A request whose answer is being made: the connection does not stall meanwhile.
pub(super) struct Answering(Arc<Watch>);

impl Answering {
    pub(super) fn begin(watch: &Arc<Watch>) -> Self {
        watch.step();
        watch.answering.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(watch))
    }

    /// Whether the connection is to end with this answer.
    pub(super) fn is_last(&self) -> bool {
        self.0.is_ending.load(Ordering::Relaxed)
    }

    pub(super) fn with(self, payload: Payload) -> Answer {
        self.0.sending.fetch_add(1, Ordering::Relaxed);
        Answer {
            payload,
            watch: Arc::clone(&self.0),
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.step();
        self.0.answering.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An answer that is being sent: a drain waits for it.
pub(super) struct Answer {
    payload: Payload,
    watch: Arc<Watch>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.watch.sending.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.payload).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.payload.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.payload.size_hint()
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
        let is_blocked = &self.watch.is_blocked;
        if is_blocked.load(Ordering::Relaxed) != written.is_pending() {
            is_blocked.store(written.is_pending(), Ordering::Relaxed);
        }
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
