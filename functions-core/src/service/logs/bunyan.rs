//! Lines as `tracing-bunyan-formatter` writes them, with two things set right.
//!
//! It writes a line of its own whenever a span begins and ends, at the level of the
//! span; here every line is an event. And it writes a key twice where an event, its
//! span or the service's fields share it; here the first one counts, which is the
//! service's, else the event's. It drops fields with the names of Bunyan's own (`v`,
//! `name`, `msg`, `level`, `hostname`, `pid`, `time`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::io;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use tracing::subscriber::{Interest, Subscriber};
use tracing::{Dispatch, Event, Metadata, level_filters::LevelFilter};
use tracing_bunyan_formatter::{BunyanFormattingLayer, JsonStorageLayer};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

use super::Options;
use super::clock::Clock;
use super::levels::Levels;
use super::logger::Lines;

/// Bunyan's number for a warning.
const WARNING: u16 = 40;

pub(super) fn dispatch<L: Lines>(options: &Options, levels: Levels, lines: Arc<L>) -> Dispatch {
    let fields = options.fields.iter();
    let fields: HashMap<_, _> = fields
        .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
        .collect();
    let formatting =
        BunyanFormattingLayer::with_default_fields(options.name.clone(), Out(lines), fields);
    let subscriber = tracing_subscriber::registry()
        .with(levels)
        .with(JsonStorageLayer)
        .with(EventsOnly(formatting));
    Dispatch::new(subscriber)
}

/// A line of our own.
pub(super) fn warning(options: &Options, message: &str) -> Vec<u8> {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        v: u8,
        name: &'a str,
        msg: &'a str,
        level: u16,
        hostname: &'a str,
        pid: u32,
        time: &'a str,
        target: &'a str,
        #[serde(flatten)]
        fields: BTreeMap<&'a str, &'a str>,
    }
    let mut clock = Clock::new();
    let fields = options.fields.iter();
    let line = Line {
        v: 0,
        name: &options.name,
        msg: message,
        level: WARNING,
        hostname: "",
        pid: std::process::id(),
        time: std::str::from_utf8(clock.now()).unwrap_or_default(),
        target: super::writer::TARGET,
        fields: fields
            .map(|(name, value)| (*name, value.as_str()))
            .collect(),
    };
    let mut line = serde_json::to_vec(&line).unwrap_or_default();
    line.push(b'\n');
    line
}

impl<S: Subscriber> Layer<S> for Levels {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.interest(metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.allow(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.most())
    }
}

/// Keeps the beginnings and ends of spans from a layer.
struct EventsOnly<L>(L);

impl<S: Subscriber, L: Layer<S>> Layer<S> for EventsOnly<L> {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        self.0.on_event(event, context);
    }
}

/// Takes lines, each in one piece.
struct Out<L>(Arc<L>);

impl<'a, L: Lines> MakeWriter<'a> for Out<L> {
    type Writer = OutRef<'a, L>;

    fn make_writer(&'a self) -> OutRef<'a, L> {
        OutRef(&self.0)
    }
}

struct OutRef<'a, L>(&'a L);

impl<L: Lines> io::Write for OutRef<'_, L> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match without_repeated_keys(line) {
            Some(line) => self.0.line(&line),
            None => self.0.line(line),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The line with the first of each key. `None` where it is fine as it is.
fn without_repeated_keys(line: &[u8]) -> Option<Vec<u8>> {
    let Pairs(pairs) = serde_json::from_slice(line).ok()?;
    let mut seen = HashSet::new();
    let kept: Vec<_> = pairs
        .iter()
        .filter(|(key, _)| seen.insert(key.as_str()))
        .collect();
    if kept.len() == pairs.len() {
        return None;
    }
    let mut out = b"{".to_vec();
    for (index, (key, value)) in kept.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        serde_json::to_writer(&mut out, key).ok()?;
        out.push(b':');
        out.extend_from_slice(value.get().as_bytes());
    }
    out.extend_from_slice(b"}\n");
    Some(out)
}

struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;

        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(PairsVisitor)
    }
}
