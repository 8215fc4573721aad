//! The streams of a command: the output in memory, up to a limit, and never further.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use super::limits::Limit;

/// How much a guest is offered to write at once.
const CHUNK: usize = 64 << 10;

/// A stream that keeps what a guest writes, and ends the guest that writes too much.
#[derive(Clone, Debug)]
pub(super) struct Kept(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    written: BytesMut,
    most: usize,
    limit: Limit,
}

impl Kept {
    /// Keeps up to `most` bytes; one more passes `limit`.
    pub(super) fn new(most: usize, limit: Limit) -> Self {
        Self(Arc::new(Mutex::new(State {
            written: BytesMut::new(),
            most,
            limit,
        })))
    }

    /// Takes what was written so far.
    pub(super) fn take(&self) -> Bytes {
        self.lock().written.split().freeze()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Keeps what fits, and says whether that was all.
    fn keep(&mut self, bytes: &[u8]) -> Result<(), Limit> {
        let room = self.most.saturating_sub(self.written.len());
        self.written
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        if bytes.len() > room {
            Err(self.limit)
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Pollable for Kept {
    async fn ready(&mut self) {}
}

impl OutputStream for Kept {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.lock()
            .keep(&bytes)
            .map_err(|limit| StreamError::Trap(limit.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(CHUNK)
    }
}

impl AsyncWrite for Kept {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let kept = self.lock().keep(bytes).map(|()| bytes.len());
        Poll::Ready(kept.map_err(std::io::Error::other))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl IsTerminal for Kept {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Kept {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}
