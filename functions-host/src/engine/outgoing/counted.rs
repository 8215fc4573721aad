//! A body whose bytes are counted, up to what an execution may send and receive.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep};
use wasmtime_wasi_http::Error;

/// How many bytes are left.
#[derive(Debug)]
pub(super) struct Allowance {
    most: u64,
    left: AtomicU64,
}

impl Allowance {
    pub(super) fn new(most: u64) -> Self {
        Self {
            most,
            left: AtomicU64::new(most),
        }
    }

    fn take(&self, bytes: usize) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let take = |left: u64| left.checked_sub(bytes);
        let relaxed = Ordering::Relaxed;
        self.left.try_update(relaxed, relaxed, take).is_ok()
    }
}

/// A body that takes its bytes from an allowance, and fails when nothing is left.
pub(super) struct Counted<B> {
    body: Pin<Box<B>>,
    allowance: Arc<Allowance>,
    too_big: fn(Option<u64>) -> Error,
    silence: Option<Silence>,
    turn: Option<OwnedSemaphorePermit>,
}

/// How long nothing may come.
struct Silence {
    most: Duration,
    over: Pin<Box<Sleep>>,
}

impl<B> Counted<B> {
    pub(super) fn new(
        body: B,
        allowance: Arc<Allowance>,
        silence: Option<Duration>,
        too_big: fn(Option<u64>) -> Error,
    ) -> Self {
        Self {
            body: Box::pin(body),
            allowance,
            too_big,
            silence: silence.map(|most| Silence {
                most,
                over: Box::pin(sleep(most)),
            }),
            turn: None,
        }
    }

    /// Keeps the turn of its request until it is read or dropped.
    pub(super) fn with(mut self, turn: OwnedSemaphorePermit) -> Self {
        self.turn = Some(turn);
        self
    }
}

impl<B: Body<Data = Bytes, Error = Error>> Body for Counted<B> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Poll::Ready(frame) = self.body.as_mut().poll_frame(cx) else {
            let silence = self.silence.as_mut();
            return match silence.map(|silence| silence.over.as_mut().poll(cx)) {
                Some(Poll::Ready(())) => Poll::Ready(Some(Err(Error::ConnectionReadTimeout))),
                _ => Poll::Pending,
            };
        };
        if let Some(silence) = &mut self.silence {
            let next = Instant::now() + silence.most.min(super::LONGEST);
            silence.over.as_mut().reset(next);
        }
        let length = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
            _ => {
                self.turn = None;
                0
            }
        };
        if self.allowance.take(length) {
            Poll::Ready(frame)
        } else {
            let most = self.allowance.most;
            Poll::Ready(Some(Err((self.too_big)(Some(most)))))
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
