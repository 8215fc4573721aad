//! The bytes of requests and completions.
//!
//! A request is read by the schema of its writer, which may have other fields in another
//! order: those are passed over, whatever they are. Bytes of strangers are read by a schema
//! of strangers, so:
//!
//! - No more is taken into memory than there is, however long it says that it is.
//! - The types that are passed over are counted ([`datum`]), since many of them can take no
//!   bytes at all.
//! - Bytes that are left over are an error, as are those that end too early: they were
//!   written by another schema than they say.
//!
//! `apache-avro` is not used here since it takes a field that is missing at the end for
//! null, sets room aside for what a schema or a length says before it is there, and has one
//! bound for the whole process.

mod datum;
#[cfg(test)]
pub(super) mod tests;
mod told;
mod writing;

use serde::Deserialize;

use super::schema::{Column, Field, WriterSchema};
use crate::cut::cut;
use datum::{Datum, Flaw};
pub(super) use told::{Told, told};
pub(super) use writing::{completion, request};

/// A request, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Record {
    pub(super) tenant_id: String,
    pub(super) asset_id: String,
    pub(super) asset_uri: String,
    pub(super) wasm_module_id: String,
    /// In milliseconds since 1970.
    pub(super) event_timestamp: i64,
}

/// Why bytes are no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RecordError {
    #[error("the request has {0} bytes, and at most {1} are read")]
    Long(usize, usize),
    #[error("the field `{0}` of the request {1}")]
    Field(String, Flaw),
    #[error("{0} bytes follow the last field of the request: it was written by another schema")]
    More(usize),
    #[error("the request is no JSON that holds one: {0}")]
    Json(String),
}

/// Reads a request of at most `most` bytes, by the schema of its writer.
///
/// # Errors
/// It is longer, or it is no request of that schema.
pub(super) fn read(
    schema: &WriterSchema,
    payload: &[u8],
    most: usize,
) -> Result<Record, RecordError> {
    if payload.len() > most {
        return Err(RecordError::Long(payload.len(), most));
    }
    match schema {
        WriterSchema::Avro(columns) => avro(columns, payload),
        WriterSchema::Json => json(payload),
    }
}

fn json(payload: &[u8]) -> Result<Record, RecordError> {
    // A list of five would do as well otherwise.
    if !payload.trim_ascii_start().starts_with(b"{") {
        return Err(RecordError::Json("it is no object".to_owned()));
    }
    serde_json::from_slice(payload)
        .map_err(|error| RecordError::Json(cut(&error.to_string(), 200).into_owned()))
}

fn avro(columns: &[Column], payload: &[u8]) -> Result<Record, RecordError> {
    let mut record = Record::default();
    let mut datum = Datum::new(payload);
    for Column { name, field, shape } in columns {
        let read = match field {
            None => datum.skip(shape),
            Some(Field::EventTimestamp) => {
                datum.number(shape).map(|it| record.event_timestamp = it)
            }
            Some(Field::TenantId) => datum.text(shape).map(|it| record.tenant_id = it),
            Some(Field::AssetId) => datum.text(shape).map(|it| record.asset_id = it),
            Some(Field::AssetUri) => datum.text(shape).map(|it| record.asset_uri = it),
            Some(Field::WasmModuleId) => datum.text(shape).map(|it| record.wasm_module_id = it),
        };
        read.map_err(|flaw| RecordError::Field(name.clone(), flaw))?;
    }
    match datum.left() {
        0 => Ok(record),
        more => Err(RecordError::More(more)),
    }
}
