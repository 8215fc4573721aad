//! Logs: one line an event, on standard output.
//!
//! Code logs with plain `tracing`; records of the `log` crate come along. A line
//! carries the fields of the event and of every span it happened in, so that what a
//! function logs can be told from what another one logs at the same moment.
//!
//! A line costs a call half a microsecond and no more, and that decides how this is
//! built. What a span carries is written out once, when it is made; an event is written
//! into a buffer that its thread keeps. The spans lie in a store of our own, since in
//! the registry of `tracing-subscriber` one that carries something costs about twice as
//! much (`benches/logs.rs` measures it). Only Bunyan's format takes the registry: its
//! library does.
//!
//! A call never waits for standard output. Lines go into a buffer with a bound, and
//! a thread of its own writes them. Where it cannot keep up, lines are lost, and a
//! line says how many.
//!
//! A key stands once in a line. What an event says wins over what its span says, and
//! an inner span wins over an outer one. `timestamp`, `level`, `message`, `target` and
//! the fields that every line has ([`Options::fields`]) belong to the service: a field
//! of that name gets an underscore at its end (`level_`).
//!
//! `RUST_LOG` is not looked at: the levels are a matter of the service's own
//! configuration.

mod bunyan;
mod clock;
mod exc_info;
mod fields;
mod json;
mod levels;
mod logger;
mod recorder;
mod spans;
#[cfg(test)]
mod tests;
mod text;
mod writer;

use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use tracing::{Dispatch, Level};

pub use exc_info::exc_info;
use levels::Levels;
use logger::{Lines, Logger};
pub use writer::Guard;
use writer::{Direct, Writer};

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The least level of a line. `TRACE` lines are printed as `DEBUG`.
    pub level: Level,
    /// The same for the HTTP layer: hyper, h2, axum, tower and the server itself.
    pub http_level: Level,
    /// How lines look. Text on a terminal and JSON elsewhere, where it is `None`.
    pub format: Option<Format>,
    /// Whether text is coloured. Where it is `None`: on a terminal that is not
    /// `dumb`, while `NO_COLOR` is not set.
    pub colours: Option<bool>,
    /// The name of the service, in Bunyan's lines.
    pub name: String,
    /// What every line says, in this order. Text leaves it out.
    pub fields: Vec<(&'static str, String)>,
    /// Crates of which nothing is logged, at whatever level; one of the name `a` stands
    /// for `a_b` as well.
    pub silent: &'static [&'static str],
    /// How many bytes of lines wait for standard output before some are lost.
    pub buffer_bytes: usize,
}

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON object: `timestamp` (RFC 3339, UTC, microseconds), `level` (`DEBUG`,
    /// `INFO`, `WARNING`, `ERROR`), `message`, `target`, and all fields.
    Json,
    /// A JSON object as `tracing-bunyan-formatter` writes it, one for each event.
    Bunyan,
    /// For people: time, level and message, then the fields; what has lines of its
    /// own, a backtrace for instance, below.
    Text,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            level: Level::INFO,
            http_level: Level::INFO,
            format: None,
            colours: None,
            name: "service".to_owned(),
            fields: Vec::new(),
            silent: &[],
            buffer_bytes: 8 * 1024 * 1024,
        }
    }
}

/// Sends the events of this process to standard output.
///
/// Keep the [`Guard`] until the process is about to end: dropping it waits for what
/// is on its way. A process that has a subscriber already keeps that one, and gets
/// `None`.
///
/// # Errors
/// The thread that writes cannot be started.
pub fn init(options: &Options) -> io::Result<Option<Guard>> {
    if tracing::dispatcher::has_been_set() {
        return Ok(None);
    }
    let (dispatch, guard) = threaded(options, io::stdout())?;
    if tracing::dispatcher::set_global_default(dispatch).is_err() {
        return Ok(None);
    }
    let most = tracing_log::AsLog::as_log(&options.level.max(options.http_level));
    // Whoever has a logger of their own keeps that one, too.
    let _ = tracing_log::LogTracer::init_with_filter(most.to_level_filter());
    Ok(Some(guard))
}

/// The same lines, written to `out` by the thread that logs them, for tests.
///
/// Used with [`tracing::dispatcher::with_default`]. An error of `out` is ignored.
#[must_use]
pub fn subscriber(options: &Options, out: impl io::Write + Send + 'static) -> Dispatch {
    build(options, Arc::new(Direct::new(out)))
}

/// The same lines, written to `out` by a thread of their own, as [`init`] does it.
///
/// # Errors
/// The thread cannot be started.
pub fn threaded(
    options: &Options,
    out: impl io::Write + Send + 'static,
) -> io::Result<(Dispatch, Guard)> {
    let notice = notice(options);
    let (writer, guard) = Writer::spawn(out, options.buffer_bytes, notice)?;
    Ok((build(options, Arc::new(writer)), guard))
}

fn build<L: Lines>(options: &Options, lines: Arc<L>) -> Dispatch {
    let levels = Levels::new(options.level, options.http_level).silent(options.silent);
    match options.format() {
        Format::Json => Dispatch::new(Logger::new(options.json(), levels, options.names(), lines)),
        Format::Text => Dispatch::new(Logger::new(options.text(), levels, options.names(), lines)),
        Format::Bunyan => bunyan::dispatch(options, levels, lines),
    }
}

/// Makes the line that tells of lost ones.
fn notice(options: &Options) -> writer::Notice {
    match options.format() {
        Format::Json => {
            let json = options.json();
            Box::new(move |message| logger::warning(&json, message))
        }
        Format::Text => {
            let text = options.text();
            Box::new(move |message| logger::warning(&text, message))
        }
        Format::Bunyan => {
            let options = options.clone();
            Box::new(move |message| bunyan::warning(&options, message))
        }
    }
}

impl Options {
    /// How lines look in the end.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format.unwrap_or_else(|| {
            if io::stdout().is_terminal() {
                Format::Text
            } else {
                Format::Json
            }
        })
    }

    fn json(&self) -> json::Json {
        json::Json::new(&self.fields)
    }

    fn text(&self) -> text::Text {
        let is_unset = |name| std::env::var_os(name).is_none_or(|value| value.is_empty());
        let colours = self.colours.unwrap_or_else(|| {
            io::stdout().is_terminal()
                && is_unset("NO_COLOR")
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        });
        text::Text::new(colours)
    }

    fn names(&self) -> Vec<&'static str> {
        self.fields.iter().map(|(name, _)| *name).collect()
    }
}
