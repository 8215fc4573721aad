//! What the writer of a request says that its bytes mean.
//!
//! Everyone may register a schema with a topic, within what its broker holds for
//! compatible, and a schema of a stranger is a program that our reader runs. So it is
//! looked through once, when it is fetched:
//!
//! - It has at most [`MOST_BYTES`] and nests [`MOST_NESTED`] deep as text, and
//!   [`MOST_TYPES`] types, which bounds what it takes to hold it.
//! - Its types nest [`MOST_HEIGHT`] deep once their names are put in, and none holds
//!   itself, which bounds the stack of whoever reads by it.
//! - The items of an array take a byte at least, since 2^60 of them would be there
//!   otherwise, in ten bytes.
//! - It is a record with the five fields of a request, of types that fit.
//!
//! Nothing else of it is looked at. In particular not whether a default fits or a name is
//! spelled as it should be: brokers take schemas of Java classes that are neither, and
//! nothing is read by a default or a name. That, and that it writes whole schemas into the
//! log, is why it is not the crate `apache-avro` that reads them here.

mod definition;
mod shape;
#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;

use definition::Definition;
pub(super) use shape::Shape;

use crate::bus::pulsar::words::SchemaType;
use crate::cut::cut;

/// How long a schema may be.
const MOST_BYTES: usize = 256 * 1024;

/// How deep objects and lists may lie in each other.
const MOST_NESTED: usize = 64;

/// How deep types may lie in each other.
const MOST_HEIGHT: usize = 32;

/// How many types a schema may name, those of all fields together.
const MOST_TYPES: usize = 10_000;

/// What requests look like, as the clients of Python register it.
pub(super) const REQUEST_SCHEMA: &str =
    include_str!("avro/ExecuteWasmFunction.json").trim_ascii_end();

/// What completions look like.
pub(super) const COMPLETION_SCHEMA: &str =
    include_str!("avro/FunctionExecutionCompleted.json").trim_ascii_end();

/// A field of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    TenantId,
    AssetId,
    AssetUri,
    WasmModuleId,
    EventTimestamp,
}

/// How the requests of a writer are read.
#[derive(Clone, Debug)]
pub(super) enum WriterSchema {
    /// The fields of a record, in their order.
    Avro(Vec<Column>),
    /// An object that has the fields, and whatever else.
    Json,
}

/// A field of a writer's record.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its name, or the beginning of a long one.
    pub(super) name: String,
    /// What it is to us, if anything.
    pub(super) field: Option<Field>,
    pub(super) shape: Arc<Shape>,
}

/// Why no request is read by a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SchemaError {
    #[error("its kind is {0:?}, and what is read is AVRO, JSON, or bytes without a schema")]
    Kind(SchemaType),
    #[error("it has {0} bytes, and at most {MOST_BYTES} are read")]
    Long(usize),
    #[error("it nests more than {MOST_NESTED} deep")]
    Nested,
    #[error("it is no JSON: {0}")]
    Json(String),
    #[error("{0} is not as the specification of Avro says")]
    Malformed(String),
    #[error("it names '{0}', and no type of that name comes before")]
    Unknown(String),
    #[error("there are two types '{0}'")]
    Twice(String),
    #[error("its type '{0}' holds itself")]
    Recursive(String),
    #[error("the items of an array take no bytes, so there could be any number of them")]
    Empty,
    #[error("its types nest more than {MOST_HEIGHT} deep")]
    High,
    #[error("it has more than {MOST_TYPES} types")]
    Many,
    #[error("it is no record")]
    NoRecord,
    #[error("its record has no field `{0}`")]
    Missing(&'static str),
    #[error("its field `{0}` is no {1}")]
    Unfit(&'static str, &'static str),
}

impl Field {
    pub(super) const ALL: [Self; 5] = [
        Self::TenantId,
        Self::AssetId,
        Self::AssetUri,
        Self::WasmModuleId,
        Self::EventTimestamp,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::TenantId => "tenant_id",
            Self::AssetId => "asset_id",
            Self::AssetUri => "asset_uri",
            Self::WasmModuleId => "wasm_module_id",
            Self::EventTimestamp => "event_timestamp",
        }
    }

    fn fits(self, shape: &Shape) -> Result<(), SchemaError> {
        let (fits, wanted) = match self {
            Self::EventTimestamp => (shape.may_be_number(), "long"),
            _ => (shape.may_be_text(), "string"),
        };
        match fits {
            true => Ok(()),
            false => Err(SchemaError::Unfit(self.name(), wanted)),
        }
    }
}

impl WriterSchema {
    /// Reads the `data` of a schema that a broker holds for a topic.
    ///
    /// # Errors
    /// Requests cannot be read by it.
    pub(super) fn read(kind: SchemaType, data: &[u8]) -> Result<Self, SchemaError> {
        match kind {
            SchemaType::None => Ok(Self::default()),
            // Whatever it says, the fields of an object have names.
            SchemaType::Json => Ok(Self::Json),
            SchemaType::Avro => avro(data).map(Self::Avro),
            other => Err(SchemaError::Kind(other)),
        }
    }
}

/// What a request of a writer without a schema is held for: the one that all should have.
impl Default for WriterSchema {
    fn default() -> Self {
        let columns = Field::ALL.map(|field| Column {
            name: field.name().to_owned(),
            field: Some(field),
            shape: Arc::new(match field {
                Field::EventTimestamp => Shape::Number,
                _ => Shape::Text,
            }),
        });
        Self::Avro(columns.into())
    }
}

fn avro(data: &[u8]) -> Result<Vec<Column>, SchemaError> {
    if data.len() > MOST_BYTES {
        return Err(SchemaError::Long(data.len()));
    }
    if nests(data) > MOST_NESTED {
        return Err(SchemaError::Nested);
    }
    let schema = serde_json::from_slice(data)
        .map_err(|error| SchemaError::Json(cut(&error.to_string(), 200).into_owned()))?;
    let fields = Definition::record_of(&schema)?;
    let columns: Vec<_> = fields
        .into_iter()
        .map(|(name, shape)| Column {
            field: Field::ALL.into_iter().find(|it| it.name() == name),
            name: cut(&name, 64).into_owned(),
            shape,
        })
        .collect();
    for field in Field::ALL {
        let column = columns.iter().find(|it| it.field == Some(field));
        let column = column.ok_or(SchemaError::Missing(field.name()))?;
        field.fits(&column.shape)?;
    }
    Ok(columns)
}

/// How deep the objects and lists of a JSON text lie in each other. For a text that is no
/// JSON it is some number.
fn nests(data: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in data {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
