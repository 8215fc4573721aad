//! Avro's way to write types in JSON.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{MOST_HEIGHT, MOST_TYPES, SchemaError, Shape};
use crate::cut::cut;

/// The longest name of a type with its namespace. A namespace is inherited, so a long one
/// would be there once for each type.
const MOST_NAME: usize = 1024;

type Object = Map<String, Value>;

/// A schema that is being read.
#[derive(Debug, Default)]
pub(super) struct Definition {
    /// What has a name; nothing while it is being read itself.
    named: HashMap<String, Option<Known>>,
    types: usize,
}

/// A type, and what it is bounded by.
#[derive(Clone, Debug)]
struct Known {
    shape: Arc<Shape>,
    /// How many types lie in each other at most.
    height: usize,
    /// It takes a byte at least.
    takes: bool,
}

impl Definition {
    /// The fields of a record.
    pub(super) fn record_of(schema: &Value) -> Result<Vec<(String, Arc<Shape>)>, SchemaError> {
        let record = schema.as_object().ok_or(SchemaError::NoRecord)?;
        if record.get("type").and_then(Value::as_str) != Some("record") {
            return Err(SchemaError::NoRecord);
        }
        let mut definition = Self::default();
        let (_, fields) = definition.fields(record, "")?;
        let fields = fields.into_iter();
        Ok(fields.map(|(name, known)| (name, known.shape)).collect())
    }

    /// Any type. As deep as this calls itself, the text is nested.
    fn any(&mut self, schema: &Value, namespace: &str) -> Result<Known, SchemaError> {
        self.types += 1;
        if self.types > MOST_TYPES {
            return Err(SchemaError::Many);
        }
        match schema {
            Value::String(name) => self.by_name(name, namespace),
            Value::Array(branches) => {
                let branches = branches.iter().map(|it| self.any(it, namespace));
                let branches = branches.collect::<Result<Vec<_>, _>>()?;
                let height = highest(&branches);
                known(Shape::Union(shapes(branches)), height, true)
            }
            Value::Object(object) => self.object(object, namespace),
            other => Err(malformed("the type", other)),
        }
    }

    fn object(&mut self, object: &Object, namespace: &str) -> Result<Known, SchemaError> {
        let kind = object.get("type").unwrap_or(&Value::Null);
        match kind.as_str() {
            None => self.any(kind, namespace),
            Some("record" | "error") => {
                let (name, fields) = self.fields(object, namespace)?;
                let fields: Vec<_> = fields.into_iter().map(|(_, known)| known).collect();
                let (height, takes) = (highest(&fields), fields.iter().any(|it| it.takes));
                let record = known(Shape::Record(shapes(fields)), height, takes)?;
                self.named.insert(name, Some(record.clone()));
                Ok(record)
            }
            Some("enum") => {
                let name = self.name(object, namespace)?.0;
                let one = known(Shape::Enum, 0, true)?;
                self.named.insert(name, Some(one.clone()));
                Ok(one)
            }
            Some("fixed") => {
                let told = object.get("size").unwrap_or(&Value::Null);
                let size = told.as_u64().and_then(|it| usize::try_from(it).ok());
                let size = size.ok_or_else(|| malformed("the size of a fixed type", told))?;
                let name = self.name(object, namespace)?.0;
                let fixed = known(Shape::Fixed(size), 0, size > 0)?;
                self.named.insert(name, Some(fixed.clone()));
                Ok(fixed)
            }
            Some("array") => {
                let items = self.any(object.get("items").unwrap_or(&Value::Null), namespace)?;
                if !items.takes {
                    return Err(SchemaError::Empty);
                }
                known(Shape::Array(items.shape), items.height, true)
            }
            Some("map") => {
                let values = self.any(object.get("values").unwrap_or(&Value::Null), namespace)?;
                known(Shape::Map(values.shape), values.height, true)
            }
            Some(name) => self.by_name(name, namespace),
        }
    }

    /// The name of a record and its fields. The name is not known before they are read.
    fn fields(
        &mut self,
        record: &Object,
        namespace: &str,
    ) -> Result<(String, Vec<(String, Known)>), SchemaError> {
        let (name, namespace) = self.name(record, namespace)?;
        let fields = record.get("fields").unwrap_or(&Value::Null);
        let fields = fields
            .as_array()
            .ok_or_else(|| malformed("the list of fields", fields))?;
        let mut read: Vec<(String, Known)> = Vec::new();
        let mut names = HashSet::new();
        for field in fields {
            let text = field.get("name").and_then(Value::as_str);
            let text = text.ok_or_else(|| malformed("a field", field))?;
            if !names.insert(text) {
                return Err(malformed("a field that is there twice", field));
            }
            let kind = field.get("type").unwrap_or(&Value::Null);
            read.push((text.to_owned(), self.any(kind, &namespace)?));
        }
        Ok((name, read))
    }

    /// The name of a type that is defined here, which holds a place for it, and the
    /// namespace of what is in it.
    fn name(&mut self, object: &Object, around: &str) -> Result<(String, String), SchemaError> {
        let name = object.get("name").unwrap_or(&Value::Null);
        let name = name
            .as_str()
            .ok_or_else(|| malformed("the name of a type", name))?;
        let own = object.get("namespace").and_then(Value::as_str);
        let namespace = match name.rsplit_once('.') {
            Some((namespace, _)) => namespace,
            None => own.unwrap_or(around),
        };
        let name = full(name, namespace);
        if name.len() > MOST_NAME {
            return Err(malformed("a name of such a length", &Value::String(name)));
        }
        match self.named.insert(name.clone(), None) {
            None => Ok((name, namespace.to_owned())),
            Some(_) => Err(SchemaError::Twice(cut(&name, 64).into_owned())),
        }
    }

    /// What a name stands for: a type of Avro, or one that was defined before.
    fn by_name(&self, name: &str, namespace: &str) -> Result<Known, SchemaError> {
        let shape = match name {
            "null" => return known(Shape::Null, 0, false),
            "boolean" => Shape::Boolean,
            "int" | "long" => Shape::Number,
            "float" => Shape::Float,
            "double" => Shape::Double,
            "bytes" => Shape::Bytes,
            "string" => Shape::Text,
            _ => {
                let short = || cut(name, 64).into_owned();
                if name.len() > MOST_NAME {
                    return Err(SchemaError::Unknown(short()));
                }
                let found = self.named.get(&full(name, namespace));
                return match found.or_else(|| self.named.get(name)) {
                    None => Err(SchemaError::Unknown(short())),
                    Some(None) => Err(SchemaError::Recursive(short())),
                    Some(Some(known)) => Ok(known.clone()),
                };
            }
        };
        known(shape, 0, true)
    }
}

/// A type that holds others which are `height` high.
fn known(shape: Shape, height: usize, takes: bool) -> Result<Known, SchemaError> {
    let height = height + 1;
    if height > MOST_HEIGHT {
        return Err(SchemaError::High);
    }
    Ok(Known {
        shape: Arc::new(shape),
        height,
        takes,
    })
}

fn highest(all: &[Known]) -> usize {
    all.iter().map(|it| it.height).max().unwrap_or(0)
}

fn shapes(all: Vec<Known>) -> Vec<Arc<Shape>> {
    all.into_iter().map(|it| it.shape).collect()
}

fn full(name: &str, namespace: &str) -> String {
    match name.contains('.') || namespace.is_empty() {
        true => name.to_owned(),
        false => format!("{namespace}.{name}"),
    }
}

fn malformed(what: &str, given: &Value) -> SchemaError {
    SchemaError::Malformed(format!("{what} ({})", cut(&given.to_string(), 100)))
}
