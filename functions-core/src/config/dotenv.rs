//! `.env`, as pairs. The process environment is not touched.

use std::cell::Cell;
use std::io::{self, Read};
use std::path::Path;

use super::error::{ConfigError, Fault};

/// Where it is, seen from the working directory.
pub(super) const FILE: &str = ".env";

/// More than any `.env` holds; it keeps a device or a log out of memory.
const MAX_BYTES: u64 = 1024 * 1024;

/// The text of the file; nothing where there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, ConfigError> {
    let fault = |reason: String| {
        let file = path.to_owned();
        Err(Fault::Dotenv { file, reason }.into())
    };
    let mut bytes = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return fault(error.to_string()),
        Ok(length) if length as u64 > MAX_BYTES => {
            return fault(format!("it is larger than {MAX_BYTES} bytes"));
        }
        Ok(_) => {}
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let before = error.as_bytes().iter().take(valid);
            let line = before.filter(|byte| **byte == b'\n').count() + 1;
            fault(format!("line {line} is not valid UTF-8"))
        }
    }
}

/// The assignments of the text, in their order.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let begun = Cell::new(0);
    let lines = Lines {
        rest: text.as_bytes(),
        inside: false,
        begun: &begun,
    };
    dotenvy::from_read_iter(lines)
        .map(|assignment| {
            assignment.map_err(|error| {
                let more = match &error {
                    dotenvy::Error::LineParse(text, _) => {
                        let text = text.strip_suffix('\n').unwrap_or(text);
                        text.matches('\n').count()
                    }
                    _ => 0,
                };
                // Its text stays out of the message: it may hold a secret.
                let file = Path::new(FILE).to_owned();
                let line = begun.get().saturating_sub(more);
                Fault::DotenvLine { file, line }.into()
            })
        })
        .collect()
}

/// Gives out a line at a time, so that the number of the one being parsed is known.
struct Lines<'a> {
    rest: &'a [u8],
    inside: bool,
    begun: &'a Cell<usize>,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let line = end.map_or(self.rest.len(), |end| end + 1);
        let (now, later) = self.rest.split_at(line.min(buffer.len()));
        if !self.inside && !now.is_empty() {
            self.begun.set(self.begun.get() + 1);
        }
        self.inside = !now.ends_with(b"\n");
        self.rest = later;
        let (taken, _) = buffer.split_at_mut(now.len());
        taken.copy_from_slice(now);
        Ok(now.len())
    }
}
