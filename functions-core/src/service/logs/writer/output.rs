//! Where the writer's thread writes to: what is refused is counted and told.

use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::Duration;

use super::{Gap, Notice};

/// How long the thread waits for an output that takes nothing at the moment.
const RETRY: Duration = Duration::from_millis(5);

pub(super) struct Output<W> {
    out: W,
    notice: Notice,
    /// Whether the last line that was written lacks its end.
    is_within_line: bool,
    unsaid: Unsaid,
}

/// Lines that are lost, and nobody was told yet.
#[derive(Debug, Default)]
struct Unsaid {
    lines: u64,
    /// What standard output said. Nothing, where it was just slow.
    error: Option<io::Error>,
}

impl<W: Write> Output<W> {
    pub(super) fn new(out: W, notice: Notice) -> Self {
        Self {
            out,
            notice,
            is_within_line: false,
            unsaid: Unsaid::default(),
        }
    }

    /// Writes a chunk with what is to be said of its gap, and gives back how many of its
    /// lines were refused.
    pub(super) fn write(&mut self, chunk: &[u8], gap: Option<Gap>) -> u64 {
        let at = gap.map_or(chunk.len(), |gap| gap.at.min(chunk.len()));
        let (before, after) = chunk.split_at(at);
        let mut refused = self.write_lines(before);
        if let Some(gap) = gap {
            self.unsaid.lines += gap.lines;
            refused += self.write_lines(after);
        }
        let _ = self.out.flush();
        refused
    }

    fn write_lines(&mut self, lines: &[u8]) -> u64 {
        let refused = match self.write_unsaid() {
            Err(error) => Err((lines, error)),
            Ok(()) => self.try_write(lines),
        };
        let Err((rest, error)) = refused else {
            return 0;
        };
        let lost = rest.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.unsaid.lines += lost;
        self.unsaid.error = Some(error);
        lost
    }

    fn write_unsaid(&mut self) -> io::Result<()> {
        let Unsaid { lines, error } = &self.unsaid;
        let plural = match lines {
            0 => return Ok(()),
            1 => "",
            _ => "s",
        };
        let line = (self.notice)(&match error {
            None => format!("{lines} log line{plural} lost: stdout is slower than the log"),
            Some(error) => {
                format!("{lines} log line{plural} lost: stdout could not be written: {error}")
            }
        });
        self.try_write(&line).map_err(|(_, error)| error)?;
        self.unsaid = Unsaid::default();
        Ok(())
    }

    /// Writes all of it, or says what is left.
    fn try_write<'a>(&mut self, bytes: &'a [u8]) -> Result<(), (&'a [u8], io::Error)> {
        if self.is_within_line && !bytes.is_empty() {
            self.try_write_raw(b"\n")
                .map_err(|(_, error)| (bytes, error))?;
        }
        self.try_write_raw(bytes)
    }

    fn try_write_raw<'a>(&mut self, bytes: &'a [u8]) -> Result<(), (&'a [u8], io::Error)> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.out.write(rest) {
                Ok(0) => return Err((rest, ErrorKind::WriteZero.into())),
                Ok(count) => {
                    let (written, later) = rest.split_at(count.min(rest.len()));
                    self.is_within_line = !written.ends_with(b"\n");
                    rest = later;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(RETRY),
                Err(error) => return Err((rest, error)),
            }
        }
        Ok(())
    }
}
