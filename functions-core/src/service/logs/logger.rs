//! The subscriber: from spans and events to lines.

use std::cell::Cell;
use std::sync::Arc;

use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, Subscriber};
use tracing::{Event, Level, Metadata, level_filters::LevelFilter};
use tracing_core::span::Current;
use tracing_log::NormalizeEvent as _;

use super::clock::Clock;
use super::fields::{Fields, Gathered, KEPT, Key};
use super::levels::Levels;
use super::recorder::{Recorder, Value};
use super::spans::Spans;

/// How lines look.
pub(super) trait Shape: Send + Sync + 'static {
    /// Adds a field to those before it.
    fn field(&self, out: &mut Vec<u8>, key: Key, value: Value<'_>);

    /// Writes the message of an event.
    fn message(&self, out: &mut Vec<u8>, value: Value<'_>);

    /// Adds a whole line, with its end.
    fn line(&self, out: &mut Vec<u8>, head: &Head<'_>, clock: &mut Clock, fields: &Gathered);
}

/// What a line begins with.
pub(super) struct Head<'a> {
    pub(super) level: Level,
    pub(super) target: &'a str,
    /// As [`Shape::message`] wrote it; empty where there is none.
    pub(super) message: &'a [u8],
}

/// Where lines go.
pub(super) trait Lines: Send + Sync + 'static {
    /// Takes a line, or several, whole.
    fn line(&self, line: &[u8]);
}

pub(super) struct Logger<S, L> {
    shape: S,
    levels: Levels,
    names: Vec<&'static str>,
    spans: Spans,
    lines: Arc<L>,
}

/// What a thread writes in, kept for the next line.
struct Scratch {
    clock: Clock,
    message: Vec<u8>,
    gathered: Gathered,
    line: Vec<u8>,
}

thread_local! {
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

impl Scratch {
    fn new() -> Self {
        Self {
            clock: Clock::new(),
            message: Vec::new(),
            gathered: Gathered::new(),
            line: Vec::new(),
        }
    }

    /// Lends the thread's own. While that is lent already, because a value logs
    /// something when it is written out, there is a fresh one.
    fn with<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        let own = SCRATCH.try_with(Cell::take).ok().flatten();
        let mut scratch = own.unwrap_or_else(|| Box::new(Self::new()));
        scratch.clear();
        let done = work(&mut scratch);
        // A thread that is ending keeps nothing.
        let _ = SCRATCH.try_with(|own| own.set(Some(scratch)));
        done
    }

    fn clear(&mut self) {
        self.gathered.clear();
        for buffer in [&mut self.message, &mut self.line] {
            buffer.clear();
            buffer.shrink_to(KEPT);
        }
    }
}

impl<S: Shape, L: Lines> Logger<S, L> {
    pub(super) fn new(shape: S, levels: Levels, names: Vec<&'static str>, lines: Arc<L>) -> Self {
        Self {
            shape,
            levels,
            names,
            spans: Spans::new(),
            lines,
        }
    }

    fn recorder<'a>(&'a self, fields: &'a mut Fields) -> Recorder<'a, S> {
        Recorder {
            shape: &self.shape,
            names: &self.names,
            fields,
            message: None,
            is_log: false,
        }
    }
}

impl<S: Shape, L: Lines> Subscriber for Logger<S, L> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.levels.interest(metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.levels.allow(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.levels.most())
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let contextual = attributes
            .is_contextual()
            .then(|| self.spans.current())
            .flatten();
        let parent = attributes.parent().or(contextual.as_ref());
        Scratch::with(|scratch| {
            let fields = &mut scratch.gathered.fields;
            attributes.record(&mut self.recorder(fields));
            self.spans.open(attributes.metadata(), parent, fields)
        })
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        Scratch::with(|scratch| {
            let fields = &mut scratch.gathered.fields;
            values.record(&mut self.recorder(fields));
            self.spans.record(id, fields);
        });
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let from_log = match event.metadata().target() {
            "log" => event.normalized_metadata(),
            _ => None,
        };
        Scratch::with(|scratch| {
            let mut recorder = Recorder {
                message: Some(&mut scratch.message),
                is_log: from_log.is_some(),
                ..self.recorder(&mut scratch.gathered.fields)
            };
            event.record(&mut recorder);
            scratch.gathered.end_group();
            if event.is_contextual() {
                if let Some(current) = self.spans.current() {
                    self.spans.gather(&current, &mut scratch.gathered);
                }
            } else if let Some(parent) = event.parent() {
                self.spans.gather(parent, &mut scratch.gathered);
            }
            let metadata = from_log.as_ref().unwrap_or(event.metadata());
            let head = Head {
                level: *metadata.level(),
                target: metadata.target(),
                message: &scratch.message,
            };
            let line = &mut scratch.line;
            self.shape
                .line(line, &head, &mut scratch.clock, &scratch.gathered);
            self.lines.line(line);
        });
    }

    fn enter(&self, id: &Id) {
        self.spans.enter(id);
    }

    fn exit(&self, id: &Id) {
        self.spans.exit(id);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.spans.retain(id);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        self.spans.release(&id)
    }

    fn current_span(&self) -> Current {
        let current = self.spans.current();
        let metadata = current.as_ref().and_then(|id| self.spans.metadata(id));
        match (current, metadata) {
            (Some(id), Some(metadata)) => Current::new(id, metadata),
            _ => Current::none(),
        }
    }
}

/// A line of our own, at level `WARNING`.
pub(super) fn warning(shape: &impl Shape, message: &str) -> Vec<u8> {
    let mut scratch = Scratch::new();
    shape.message(&mut scratch.message, Value::Str(message));
    let head = Head {
        level: Level::WARN,
        target: super::writer::TARGET,
        message: &scratch.message,
    };
    let line = &mut scratch.line;
    shape.line(line, &head, &mut scratch.clock, &scratch.gathered);
    scratch.line
}
