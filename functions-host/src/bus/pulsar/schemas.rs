//! The schemas by which requests were written.
//!
//! A topic keeps every version of its schema for good, so what is known of one is
//! remembered, and a broker is asked once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use pulsar::proto::schema::Type;

use super::schema::WriterSchema;
use super::wire::{Connection, WireError};

/// How many are remembered.
const MOST: usize = 4096;

/// A schema, or why it cannot be used.
pub(super) type Known = Result<Arc<WriterSchema>, Arc<str>>;

/// A topic, and a version of its schema.
type Key = (String, Vec<u8>);

#[derive(Debug, Default)]
pub(super) struct Schemas(Mutex<HashMap<Key, Known>>);

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
        let key = (topic.to_owned(), version.unwrap_or_default().to_vec());
        if let Some(known) = self.known(&key) {
            return Ok(known);
        }
        let known = match version {
            None => read(Type::None, &[]),
            Some(version) => match connection.schema(topic, Some(version.to_vec())).await? {
                Some(schema) => match Type::try_from(schema.r#type) {
                    Ok(kind) => read(kind, &schema.schema_data),
                    Err(_) => Err("its schema is of an unknown kind".into()),
                },
                // One that is not there now may be there later.
                None => return Ok(Err("its topic has no schema of its version".into())),
            },
        };
        self.remember(key, known.clone());
        Ok(known)
    }

    fn known(&self, key: &Key) -> Option<Known> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).cloned()
    }

    fn remember(&self, key: Key, schema: Known) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, schema);
    }
}

fn read(kind: Type, data: &[u8]) -> Known {
    let read = WriterSchema::read(kind, data);
    read.map(Arc::new).map_err(|error| error.to_string().into())
}
