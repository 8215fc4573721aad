//! The schemas by which requests were written.
//!
//! A topic keeps every version of its schema for good, so what is known of one is
//! remembered, and a broker is asked once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::schema::WriterSchema;
use super::wire::{Connection, WireError};
use crate::bus::pulsar::words::SchemaType;

/// How many are remembered, and about how many bytes: strangers write them.
const MOST: usize = 4096;
const BYTES: usize = 64 << 20;

/// What a schema takes for each byte of its text, about, and what any takes.
const FOR_A_BYTE: usize = 8;
const FOR_ANY: usize = 512;

/// A schema, or why it cannot be used.
pub(super) type Known = Result<Arc<WriterSchema>, Arc<str>>;

/// The schemas of a topic by their versions.
type OfTopic = HashMap<Vec<u8>, Known>;

#[derive(Debug, Default)]
pub(super) struct Schemas(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    topics: HashMap<String, OfTopic>,
    many: usize,
    bytes: usize,
}

impl Schemas {
    /// The schema of this version in a topic; that of the contract where there is no
    /// version, since the sender has then told the topic of none.
    ///
    /// # Errors
    /// The broker cannot be asked. That a schema cannot be used is none.
    pub(super) async fn get(
        &self,
        connection: &Connection,
        topic: &str,
        version: Option<&[u8]>,
    ) -> Result<Known, WireError> {
        if let Some(known) = self.known(topic, version.unwrap_or_default()) {
            return Ok(known);
        }
        let Some(version) = version else {
            let known = read(SchemaType::None, &[]);
            self.remember(topic, &[], known.clone(), 0);
            return Ok(known);
        };
        let Some(schema) = connection.schema(topic, Some(version.to_vec())).await? else {
            // One that is not there now may be there later.
            return Ok(Err("its topic has no schema of its version".into()));
        };
        let known = match SchemaType::try_from(schema.r#type) {
            Ok(kind) => read(kind, &schema.schema_data),
            Err(_) => Err("its schema is of an unknown kind".into()),
        };
        self.remember(topic, version, known.clone(), schema.schema_data.len());
        Ok(known)
    }

    fn known(&self, topic: &str, version: &[u8]) -> Option<Known> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.topics.get(topic)?.get(version).cloned()
    }

    fn remember(&self, topic: &str, version: &[u8], schema: Known, text: usize) {
        let bytes = text.saturating_mul(FOR_A_BYTE).saturating_add(FOR_ANY);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.many >= MOST || known.bytes.saturating_add(bytes) > BYTES {
            *known = Remembered::default();
        }
        known.many = known.many.saturating_add(1);
        known.bytes = known.bytes.saturating_add(bytes);
        let of_topic = known.topics.entry(topic.to_owned()).or_default();
        of_topic.insert(version.to_vec(), schema);
    }
}

fn read(kind: SchemaType, data: &[u8]) -> Known {
    let read = WriterSchema::read(kind, data);
    read.map(Arc::new).map_err(|error| error.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::{BYTES, FOR_A_BYTE, Schemas, read};
    use crate::bus::pulsar::words::SchemaType;

    fn knows(schemas: &Schemas, n: u8) -> bool {
        schemas.known("topic", &[n]).is_some()
    }

    #[test]
    fn what_is_remembered_is_bounded_in_bytes() {
        let schemas = Schemas::default();
        let half = BYTES / FOR_A_BYTE / 2;
        for n in 1..=2 {
            schemas.remember("topic", &[n], read(SchemaType::None, &[]), half);
        }
        assert!(!knows(&schemas, 1) && knows(&schemas, 2));
        schemas.remember("topic", &[3], read(SchemaType::None, &[]), 10);
        assert!(knows(&schemas, 2) && knows(&schemas, 3));
    }
}
