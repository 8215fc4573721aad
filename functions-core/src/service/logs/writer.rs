//! Lines on their way to standard output.
//!
//! Whoever logs appends to a buffer and goes on. A thread takes the whole buffer away
//! and writes it in one piece. It is woken only while it sleeps; once awake it looks
//! again after a short while by itself, so that a line costs no system call while
//! there are many of them, and a lone line goes out at once.
//!
//! The buffer and what is being written hold so many bytes together and no more. A
//! line that does not fit is lost. So is a line that standard output refuses, because
//! it is closed or its disk is full. Lost lines are counted, and a line in their place
//! says how many there were, as soon as one can be written.

mod output;

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::logger::Lines;
use output::Output;

/// What lines of the writer itself are said to come from.
pub(super) const TARGET: &str = "functions_core::service::logs";

/// How long the thread waits for more lines before it writes again.
const LINGER: Duration = Duration::from_millis(5);

/// How long a dropped [`Guard`] waits.
const FLUSH: Duration = Duration::from_secs(1);

/// So many bytes are written without waiting for more. Larger buffers would fall out of
/// the processor's cache, and smaller ones would cost more system calls.
const PIECE: usize = 128 * 1024;

/// A buffer that grew beyond this is given back once it is written.
const KEPT: usize = 2 * PIECE;

/// Makes the line that says this.
pub(super) type Notice = Box<dyn Fn(&str) -> Vec<u8> + Send>;

/// Hands lines to the thread that writes. The thread ends when this is dropped.
#[derive(Debug)]
pub(super) struct Writer(Arc<Shared>);

/// Waits, when it is dropped, until what was logged is written, for a second at most.
///
/// What is logged later is written as well, as long as the process lives.
#[derive(Debug)]
#[must_use = "what is on its way is lost where the process ends and nothing waits for it"]
pub struct Guard(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    capacity: usize,
    state: Mutex<State>,
    /// Wakes the thread.
    wake: Condvar,
    /// Tells those who wait that all is written.
    done: Condvar,
    lost: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    buffer: Vec<u8>,
    /// How many bytes the thread is writing.
    in_flight: usize,
    gap: Option<Gap>,
    is_asleep: bool,
    /// Whether the thread is to write without waiting for more.
    is_urgent: bool,
    is_closed: bool,
}

/// Lines that did not fit.
#[derive(Clone, Copy, Debug)]
struct Gap {
    /// Where in the buffer they would have been, the first of them at least.
    at: usize,
    lines: u64,
}

impl Writer {
    pub(super) fn spawn(
        out: impl Write + Send + 'static,
        capacity: usize,
        notice: Notice,
    ) -> io::Result<(Self, Guard)> {
        let shared = Arc::new(Shared {
            capacity,
            state: Mutex::default(),
            wake: Condvar::new(),
            done: Condvar::new(),
            lost: AtomicU64::new(0),
        });
        let own = Arc::clone(&shared);
        let mut output = Output::new(out, notice);
        thread::Builder::new()
            .name("logs".to_owned())
            .spawn(move || own.write_all(&mut output))?;
        Ok((Self(Arc::clone(&shared)), Guard(shared)))
    }
}

impl Lines for Writer {
    fn line(&self, line: &[u8]) {
        let shared = &*self.0;
        let mut state = shared.lock();
        let held = state.buffer.len() + state.in_flight;
        if held + line.len() > shared.capacity {
            let at = state.buffer.len();
            state.gap.get_or_insert(Gap { at, lines: 0 }).lines += 1;
            shared.lost.fetch_add(1, Ordering::Relaxed);
        } else {
            state.buffer.extend_from_slice(line);
        }
        let is_filling =
            !state.is_urgent && state.buffer.len() > shared.capacity.min(PIECE * 2) / 2;
        if state.is_asleep || is_filling {
            state.is_asleep = false;
            state.is_urgent |= is_filling;
            drop(state);
            shared.wake.notify_one();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.lock().is_closed = true;
        self.0.wake.notify_one();
    }
}

impl Guard {
    /// Waits until all that was logged is written, for so long at most, and tells
    /// whether it is.
    pub fn flush(&self, timeout: Duration) -> bool {
        let shared = &*self.0;
        let mut state = shared.lock();
        state.is_urgent = true;
        shared.wake.notify_one();
        let until = Instant::now().checked_add(timeout);
        while !state.is_written() {
            let left = until.map_or(timeout, |until| until.duration_since(Instant::now()));
            if left.is_zero() {
                return false;
            }
            let waited = shared.done.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// How many lines were lost up to now.
    #[must_use]
    pub fn lost_lines(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.flush(FLUSH);
    }
}

impl State {
    fn is_written(&self) -> bool {
        self.buffer.is_empty() && self.in_flight == 0 && self.gap.is_none()
    }
}

impl Shared {
    /// Nothing under this lock panics but for want of memory.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread's work.
    fn write_all(&self, output: &mut Output<impl Write>) {
        let mut chunk = Vec::new();
        while let Some(gap) = self.take(&mut chunk) {
            let lost = output.write(&chunk, gap);
            self.lost.fetch_add(lost, Ordering::Relaxed);
            chunk.clear();
            chunk.shrink_to(KEPT);

            let mut state = self.lock();
            state.in_flight = 0;
            if state.is_written() {
                self.done.notify_all();
            }
            let may_wait = |state: &mut State| !state.is_urgent && !state.is_closed;
            drop(self.wake.wait_timeout_while(state, LINGER, may_wait));
        }
    }

    /// Waits for lines and takes them all. `None`: there will be no more.
    fn take(&self, chunk: &mut Vec<u8>) -> Option<Option<Gap>> {
        let mut state = self.lock();
        while state.is_written() {
            if state.is_closed {
                return None;
            }
            state.is_asleep = true;
            let woken = self.wake.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
            state.is_asleep = false;
        }
        std::mem::swap(&mut state.buffer, chunk);
        state.in_flight = chunk.len();
        state.is_urgent = false;
        Some(state.gap.take())
    }
}

/// Writes lines at once, on the thread that logs them.
#[derive(Debug)]
pub(super) struct Direct<W>(Mutex<W>);

impl<W: Write> Direct<W> {
    pub(super) fn new(out: W) -> Self {
        Self(Mutex::new(out))
    }
}

impl<W: Write + Send + 'static> Lines for Direct<W> {
    fn line(&self, line: &[u8]) {
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = out.write_all(line).and_then(|()| out.flush());
    }
}
