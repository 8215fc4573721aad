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
    /// How many lines may still end; `None` where nobody counts them.
    lines: Option<usize>,
}

impl Kept {
    /// An output of up to `most` bytes.
    pub(super) fn output(most: usize) -> Self {
        Self::new(most, Limit::Output, None)
    }

    /// A log of up to `most` bytes in up to `lines` lines.
    pub(super) fn log(most: usize, lines: usize) -> Self {
        Self::new(most, Limit::Log, Some(lines))
    }

    fn new(most: usize, limit: Limit, lines: Option<usize>) -> Self {
        Self(Arc::new(Mutex::new(State {
            written: BytesMut::new(),
            most,
            limit,
            lines,
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
        let lines = self.room_in_lines(bytes);
        let fits = room.min(lines);
        self.written
            .extend_from_slice(bytes.get(..fits).unwrap_or(bytes));
        match bytes.len() {
            all if all <= fits => Ok(()),
            _ if lines < room => Err(Limit::LogLines),
            _ => Err(self.limit),
        }
    }

    /// How many of these bytes come before the end of the last line that may be, and
    /// counts the lines that end.
    fn room_in_lines(&mut self, bytes: &[u8]) -> usize {
        let Some(left) = &mut self.lines else {
            return bytes.len();
        };
        if *left == 0 {
            return 0;
        }
        for end in memchr::memchr_iter(b'\n', bytes) {
            *left -= 1;
            if *left == 0 {
                return end.saturating_add(1);
            }
        }
        bytes.len()
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

#[cfg(test)]
mod tests {
    use super::{Kept, Limit};

    /// What is kept of pieces that are written one after the other, and what ended them.
    fn log(most: usize, lines: usize, pieces: &[&str]) -> (String, Option<Limit>) {
        let kept = Kept::log(most, lines);
        let mut written = pieces
            .iter()
            .map(|piece| kept.lock().keep(piece.as_bytes()));
        let passed = written.find_map(Result::err);
        (String::from_utf8(kept.take().into()).unwrap(), passed)
    }

    #[test]
    fn lines_are_counted_where_they_end_and_what_follows_the_last_is_too_much() {
        assert_eq!(log(99, 2, &["a\nb\n"]), ("a\nb\n".to_owned(), None));
        assert_eq!(log(99, 2, &["a\n", "b"]), ("a\nb".to_owned(), None));
        let passed = Some(Limit::LogLines);
        assert_eq!(log(99, 2, &["a\nb\nc"]), ("a\nb\n".to_owned(), passed));
        assert_eq!(log(99, 2, &["a\nb\n", "c"]), ("a\nb\n".to_owned(), passed));
        assert_eq!(log(99, 0, &["a"]), (String::new(), passed));
        assert_eq!(log(99, 2, &["a\nb\n", ""]), ("a\nb\n".to_owned(), None));
    }

    #[test]
    fn of_bytes_and_lines_the_bound_that_is_met_first_is_told() {
        assert_eq!(log(3, 9, &["abcd"]), ("abc".to_owned(), Some(Limit::Log)));
        assert_eq!(
            log(3, 1, &["a\nbcd"]),
            ("a\n".to_owned(), Some(Limit::LogLines))
        );
        assert_eq!(log(2, 2, &["a\nb"]), ("a\n".to_owned(), Some(Limit::Log)));
    }

    #[test]
    fn an_output_has_as_many_lines_as_it_likes() {
        let kept = Kept::output(5000);
        assert_eq!(kept.lock().keep(&[b'\n'; 5000]), Ok(()));
        assert_eq!(kept.lock().keep(b"\n"), Err(Limit::Output));
    }
}
