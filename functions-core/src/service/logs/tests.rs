//! What lines are looked at with.

mod lines;
mod spans;
mod writer;

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::Level;
use tracing::dispatcher::with_default;

use super::{Format, Options, subscriber};

/// What was written, for the one who looks at it afterwards.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn objects(&self) -> Vec<Value> {
        let text = self.text();
        text.lines().map(object).collect()
    }
}

/// A line as JSON in which no key stands twice.
fn object(line: &str) -> Value {
    let keys: Keys = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    let mut sorted = keys.0;
    sorted.sort_unstable();
    assert!(sorted.windows(2).all(|w| w[0] != w[1]), "{line}");
    serde_json::from_str(line).unwrap()
}

struct Keys(Vec<String>);

impl<'de> serde::Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeysVisitor;
        impl<'de> serde::de::Visitor<'de> for KeysVisitor {
            type Value = Keys;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, serde::de::IgnoredAny)) = map.next_entry()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(KeysVisitor)
    }
}

fn options(format: Format) -> Options {
    Options {
        format: Some(format),
        colours: Some(false),
        level: Level::TRACE,
        name: "functions".to_owned(),
        fields: vec![("deployment_id", "blue \"1\"".to_owned())],
        ..Options::default()
    }
}

fn logged_by(options: &Options, work: impl FnOnce()) -> Page {
    let page = Page::default();
    with_default(&subscriber(options, page.clone()), work);
    page
}

fn logged(work: impl FnOnce()) -> Vec<Value> {
    logged_by(&options(Format::Json), work).objects()
}
