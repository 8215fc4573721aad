//! Types by the names that readers of the events know, which are Python's.
//!
//! They follow from the JSON Schema of a type, so they say what a value looks like
//! on the wire: whatever is written as a number without decimals is an `int`, and a
//! `Vec<u8>`, which JSON writes as a list of numbers, is a `List[int]`. A type with
//! a name of its own in the schema, such as a struct, keeps that name.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// What a function takes.
pub(super) fn taken(schema: fn(&mut SchemaGenerator) -> Schema) -> String {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    type_name(schema(&mut settings.into_generator()).as_value())
}

/// What a function gives.
pub(super) fn given(schema: fn(&mut SchemaGenerator) -> Schema) -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    type_name(schema(&mut settings.into_generator()).as_value())
}

const ANY: &str = "Any";

fn type_name(schema: &Value) -> String {
    let Some(schema) = schema.as_object() else {
        return ANY.to_owned();
    };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return reference.rsplit('/').next().unwrap_or(ANY).to_owned();
    }
    match schema.get("type") {
        Some(Value::String(kind)) => of_kind(kind, schema),
        Some(Value::Array(kinds)) => of_kinds(kinds, schema),
        _ => of_choice(schema),
    }
}

fn of_kind(kind: &str, schema: &Map<String, Value>) -> String {
    match kind {
        "integer" => "int".to_owned(),
        "number" => "float".to_owned(),
        "boolean" => "bool".to_owned(),
        "null" => "None".to_owned(),
        "string" if is_encoded(schema) => "bytes".to_owned(),
        "string" => "str".to_owned(),
        "array" => format!("List[{}]", of_items(schema)),
        "object" if schema.contains_key("properties") => {
            let title = schema.get("title").and_then(Value::as_str);
            title.map_or_else(|| format!("Dict[str, {ANY}]"), str::to_owned)
        }
        "object" => {
            let values = schema.get("additionalProperties");
            format!("Dict[str, {}]", values.map_or(ANY.to_owned(), type_name))
        }
        _ => ANY.to_owned(),
    }
}

/// Several types at once: one of them and nothing, or anything.
fn of_kinds(kinds: &[Value], schema: &Map<String, Value>) -> String {
    let mut others = kinds
        .iter()
        .filter_map(Value::as_str)
        .filter(|kind| *kind != "null");
    match (others.next(), others.next()) {
        (Some(kind), None) if kinds.len() == 1 => of_kind(kind, schema),
        (Some(kind), None) => optional(&of_kind(kind, schema)),
        (None, _) if !kinds.is_empty() => "None".to_owned(),
        _ => ANY.to_owned(),
    }
}

/// One of several schemas: the same rule.
fn of_choice(schema: &Map<String, Value>) -> String {
    let choices = ["anyOf", "oneOf"]
        .into_iter()
        .find_map(|key| schema.get(key)?.as_array());
    let Some(choices) = choices else {
        return ANY.to_owned();
    };
    let names: Vec<_> = choices.iter().map(type_name).collect();
    match &names[..] {
        [only] => only.clone(),
        [name, none] | [none, name] if none == "None" => optional(name),
        [first, rest @ ..] if rest.iter().all(|name| name == first) => first.clone(),
        _ => ANY.to_owned(),
    }
}

fn of_items(schema: &Map<String, Value>) -> String {
    if let Some(items) = schema.get("prefixItems").and_then(Value::as_array) {
        let mut names = items.iter().map(type_name);
        let first = names.next().unwrap_or(ANY.to_owned());
        return if names.all(|name| name == first) {
            first
        } else {
            ANY.to_owned()
        };
    }
    schema.get("items").map_or(ANY.to_owned(), type_name)
}

fn optional(name: &str) -> String {
    match name {
        ANY | "None" => name.to_owned(),
        name if name.starts_with("Optional[") => name.to_owned(),
        name => format!("Optional[{name}]"),
    }
}

/// Bytes that are written as text.
fn is_encoded(schema: &Map<String, Value>) -> bool {
    let format = schema.get("format").and_then(Value::as_str);
    schema.contains_key("contentEncoding") || matches!(format, Some("byte" | "binary" | "base64"))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::{BTreeMap, BTreeSet, HashMap};

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
    use serde_json::Value;

    use super::{given, taken};

    fn name<T: JsonSchema>() -> String {
        let taken = taken(SchemaGenerator::subschema_for::<T>);
        assert_eq!(taken, given(SchemaGenerator::subschema_for::<T>));
        taken
    }

    #[test]
    fn plain_types_have_the_names_that_python_gives_them() {
        assert_eq!(name::<i64>(), "int");
        assert_eq!(name::<u8>(), "int");
        assert_eq!(name::<f64>(), "float");
        assert_eq!(name::<String>(), "str");
        assert_eq!(name::<char>(), "str");
        assert_eq!(name::<bool>(), "bool");
        assert_eq!(name::<()>(), "None");
        assert_eq!(name::<Value>(), "Any");
    }

    #[test]
    fn collections_name_what_they_hold() {
        assert_eq!(name::<Vec<String>>(), "List[str]");
        assert_eq!(name::<Vec<Vec<f32>>>(), "List[List[float]]");
        assert_eq!(name::<BTreeSet<i32>>(), "List[int]");
        assert_eq!(name::<[bool; 3]>(), "List[bool]");
        assert_eq!(name::<(i64, i64)>(), "List[int]");
        assert_eq!(name::<(i64, String)>(), "List[Any]");
        assert_eq!(name::<Vec<Value>>(), "List[Any]");
        assert_eq!(name::<HashMap<String, f64>>(), "Dict[str, float]");
        assert_eq!(name::<BTreeMap<String, Vec<i64>>>(), "Dict[str, List[int]]");
        assert_eq!(name::<HashMap<String, Value>>(), "Dict[str, Any]");
        assert_eq!(name::<serde_json::Map<String, Value>>(), "Dict[str, Any]");
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "its schema is all that counts")]
    struct Order {
        id: u32,
        parts: Vec<Order>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "its schema is all that counts")]
    enum Colour {
        Red,
        Rgb { r: u8, g: u8, b: u8 },
    }

    #[test]
    fn what_may_be_missing_is_optional_once() {
        assert_eq!(name::<Option<i64>>(), "Optional[int]");
        assert_eq!(name::<Option<Order>>(), "Optional[Order]");
        assert_eq!(name::<Option<Vec<String>>>(), "Optional[List[str]]");
        assert_eq!(name::<Option<Option<bool>>>(), "Optional[bool]");
        assert_eq!(name::<Vec<Option<f64>>>(), "List[Optional[float]]");
        assert_eq!(name::<Option<()>>(), "None");
        assert_eq!(name::<Option<Value>>(), "Any");
    }

    #[test]
    fn a_type_of_ones_own_has_its_name() {
        assert_eq!(name::<Order>(), "Order");
        assert_eq!(name::<Colour>(), "Colour");
        assert_eq!(name::<Vec<Order>>(), "List[Order]");
        assert_eq!(name::<HashMap<String, Order>>(), "Dict[str, Order]");
    }

    struct Encoded;

    impl JsonSchema for Encoded {
        fn schema_name() -> Cow<'static, str> {
            "Encoded".into()
        }

        fn inline_schema() -> bool {
            true
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": "string", "contentEncoding": "base64"})
        }
    }

    #[test]
    fn bytes_are_called_so_where_they_are_written_as_text() {
        assert_eq!(name::<Encoded>(), "bytes");
        assert_eq!(name::<Vec<u8>>(), "List[int]");
    }
}
