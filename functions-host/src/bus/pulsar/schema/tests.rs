//! Schemas that topics hold, and some that they should not.

use serde_json::{Value, json};

use super::*;

/// The fields of a request, and others before them.
pub(in super::super) fn with(others: Vec<Value>) -> Value {
    let mut fields = others;
    for field in Field::ALL {
        let kind = match field {
            Field::EventTimestamp => "long",
            _ => "string",
        };
        fields.push(json!({"name": field.name(), "type": kind}));
    }
    json!({"type": "record", "name": "ExecuteWasmFunction", "fields": fields})
}

pub(in super::super) fn read(schema: &Value) -> Result<WriterSchema, SchemaError> {
    WriterSchema::read(SchemaType::Avro, schema.to_string().as_bytes())
}

/// What is said of a schema with a field of that type.
fn of_type(kind: &Value) -> Result<(), SchemaError> {
    read(&with(vec![json!({"name": "other", "type": kind})])).map(drop)
}

#[test]
fn the_schemas_are_those_that_clients_of_python_register() {
    assert_eq!(
        REQUEST_SCHEMA,
        concat!(
            r#"{"type": "record", "name": "ExecuteWasmFunction", "fields": ["#,
            r#"{"name": "tenant_id", "type": "string"}, "#,
            r#"{"name": "asset_id", "type": "string"}, "#,
            r#"{"name": "asset_uri", "type": "string"}, "#,
            r#"{"name": "wasm_module_id", "type": "string"}, "#,
            r#"{"name": "event_timestamp", "type": "long"}]}"#
        )
    );
    assert_eq!(
        COMPLETION_SCHEMA,
        concat!(
            r#"{"type": "record", "name": "FunctionExecutionCompleted", "fields": ["#,
            r#"{"name": "tenant_id", "type": "string"}, "#,
            r#"{"name": "asset_id", "type": "string"}, "#,
            r#"{"name": "wasm_module_id", "type": "string"}, "#,
            r#"{"name": "status", "type": "string"}, "#,
            r#"{"name": "results", "type": ["null", {"type": "map", "values": "string"}]}, "#,
            r#"{"name": "error_message", "type": ["null", "string"]}, "#,
            r#"{"name": "event_timestamp", "type": "long"}]}"#
        )
    );
}

#[test]
fn the_schema_of_requests_is_what_one_without_a_schema_has() {
    let read = WriterSchema::read(SchemaType::Avro, REQUEST_SCHEMA.as_bytes()).unwrap();
    let none = WriterSchema::read(SchemaType::None, b"").unwrap();
    assert_eq!(format!("{read:?}"), format!("{none:?}"));
}

#[test]
fn other_kinds_of_schemas_are_named() {
    let error = WriterSchema::read(SchemaType::Protobuf, b"").unwrap_err();
    assert_eq!(
        error.to_string(),
        "its kind is Protobuf, and what is read is AVRO, JSON, or bytes without a schema"
    );
    assert!(WriterSchema::read(SchemaType::Json, b"whatever").is_ok());
}

#[test]
fn every_type_of_avro_may_stand_beside_the_fields() {
    for kind in [
        json!("null"),
        json!([
            "null", "boolean", "int", "long", "float", "double", "bytes", "string"
        ]),
        json!({"type": "string", "avro.java.string": "String"}),
        json!({"type": {"type": "array", "items": ["null", "int"]}}),
        json!({"type": "map", "values": "null"}),
        json!({"type": "fixed", "name": "Hash", "size": 0}),
        json!({"type": "enum", "name": "Kind", "symbols": ["CAT"], "default": 5}),
        json!({"type": "bytes", "logicalType": "decimal", "precision": -1}),
        json!({"type": "record", "name": "a.b.Outer$", "namespace": "c", "fields": [
            {"name": "one", "type": {"type": "fixed", "name": "One", "size": 1}},
            {"name": "two", "type": "a.b.One"},
            {"name": "three", "type": "One"},
        ]}),
    ] {
        assert_eq!(of_type(&kind), Ok(()), "{kind}");
    }
}

#[test]
fn names_are_those_of_their_namespace_or_of_none() {
    let one = json!({"type": "fixed", "name": "One", "size": 1});
    let inner = |kind: &str| {
        json!({"type": "record", "name": "x.y.Inner", "fields": [
            {"name": "a", "type": one},
            {"name": "b", "type": {"type": "fixed", "name": "Two", "namespace": "z", "size": 1}},
            {"name": "c", "type": kind},
        ]})
    };
    for good in ["One", "x.y.One", "z.Two"] {
        assert_eq!(of_type(&inner(good)), Ok(()), "{good}");
    }
    for bad in ["Two", "x.One", "y.One"] {
        assert_eq!(of_type(&inner(bad)), Err(SchemaError::Unknown(bad.into())));
    }
    let before = json!({"name": "before", "type": one});
    let after = json!({"name": "after", "type":
        {"type": "record", "name": "x.Inner", "fields": [{"name": "a", "type": "One"}]}});
    assert!(read(&with(vec![before, after])).is_ok());
}

#[test]
fn a_field_may_be_null_or_an_int_too() {
    let others = vec![];
    let mut schema = with(others);
    for (place, kind) in [
        (0, json!(["null", "string"])),
        (1, json!(["string", "null"])),
        (2, json!(["int", "bytes"])),
        (3, json!({"type": "string", "logicalType": "uuid"})),
        (4, json!(["null", {"type": "int", "logicalType": "date"}])),
    ] {
        schema["fields"][place]["type"] = kind;
    }
    read(&schema).unwrap();
}

#[test]
fn a_field_that_is_missing_or_of_another_type_is_named() {
    for (place, field) in Field::ALL.into_iter().enumerate() {
        let mut schema = with(vec![]);
        schema["fields"].as_array_mut().unwrap().remove(place);
        let error = read(&schema).unwrap_err();
        assert_eq!(error, SchemaError::Missing(field.name()));

        for kind in [
            json!("double"),
            json!("null"),
            json!({"type": "array", "items": "string"}),
        ] {
            let mut schema = with(vec![]);
            schema["fields"][place]["type"] = kind;
            let error = read(&schema).unwrap_err().to_string();
            assert!(
                error.contains(&format!("its field `{}` is no", field.name())),
                "{error}"
            );
        }
    }
}

#[test]
fn what_is_no_record_is_refused() {
    for schema in [
        json!("string"),
        json!(["null", with(vec![])]),
        json!({"type": "map", "values": "string"}),
        json!(null),
    ] {
        assert_eq!(read(&schema).unwrap_err(), SchemaError::NoRecord);
    }
    let error = WriterSchema::read(SchemaType::Avro, b"{").unwrap_err();
    assert!(matches!(error, SchemaError::Json(_)), "{error}");
}

#[test]
fn what_the_specification_does_not_know_is_refused() {
    for kind in [
        json!(null),
        json!(7),
        json!({}),
        json!({"type": "record"}),
        json!({"type": "record", "name": "R"}),
        json!({"type": "record", "name": "R", "fields": {}}),
        json!({"type": "record", "name": "R", "fields": [7]}),
        json!({"type": "record", "name": "R", "fields": [{"type": "int"}]}),
        json!({"type": "record", "name": "R", "fields": [{"name": "a"}]}),
        json!({"type": "array"}),
        json!({"type": "map"}),
        json!({"type": "fixed", "name": "F"}),
        json!({"type": "fixed", "name": "F", "size": -1}),
        json!({"type": "fixed", "size": 1}),
        json!({"type": "enum", "symbols": []}),
        json!({"type": "enum", "name": "x".repeat(1025)}),
        json!({"type": "record", "name": "R", "fields": [
            {"name": "a", "type": "int"},
            {"name": "a", "type": "int"},
        ]}),
    ] {
        let error = of_type(&kind).unwrap_err();
        assert!(
            matches!(error, SchemaError::Malformed(_)),
            "{kind}: {error}"
        );
        assert!(error.to_string().len() < 400, "{error}");
    }
}

#[test]
fn a_type_that_holds_itself_is_refused() {
    let list = json!({"type": "record", "name": "List", "fields": [
        {"name": "next", "type": ["null", "List"]},
    ]});
    assert_eq!(of_type(&list), Err(SchemaError::Recursive("List".into())));
    let root = json!("ExecuteWasmFunction");
    assert_eq!(
        of_type(&root),
        Err(SchemaError::Recursive("ExecuteWasmFunction".into()))
    );
}

#[test]
fn a_name_stands_for_one_type() {
    let one = json!({"type": "fixed", "name": "One", "size": 1});
    let error = of_type(&json!([one, one])).unwrap_err();
    assert_eq!(error, SchemaError::Twice("One".into()));
}

#[test]
fn an_array_of_nothing_is_refused() {
    for items in [
        json!("null"),
        json!({"type": "fixed", "name": "F", "size": 0}),
        json!({"type": "record", "name": "R", "fields": []}),
        json!({"type": "record", "name": "R", "fields": [
            {"name": "a", "type": "null"},
            {"name": "b", "type": {"type": "record", "name": "E", "fields": []}},
        ]}),
    ] {
        let error = of_type(&json!({"type": "array", "items": items})).unwrap_err();
        assert_eq!(error, SchemaError::Empty);
    }
}

#[test]
fn a_schema_that_is_too_long_is_not_read() {
    let mut long = REQUEST_SCHEMA.to_owned();
    long.extend(std::iter::repeat_n(' ', MOST_BYTES - long.len()));
    assert!(WriterSchema::read(SchemaType::Avro, long.as_bytes()).is_ok());
    long.push(' ');
    let error = WriterSchema::read(SchemaType::Avro, long.as_bytes()).unwrap_err();
    assert_eq!(error, SchemaError::Long(MOST_BYTES + 1));
}

#[test]
fn a_text_that_nests_too_deep_is_not_even_parsed() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for (depth, error) in [
        (MOST_NESTED, SchemaError::NoRecord),
        (MOST_NESTED + 1, SchemaError::Nested),
        (MOST_BYTES / 2, SchemaError::Nested),
    ] {
        let read = WriterSchema::read(SchemaType::Avro, nested(depth).as_bytes());
        assert_eq!(read.unwrap_err(), error);
    }
    assert_eq!(nests(br#"{"[[[\"[[": "\\", "a": [["{{"]]}"#), 3);
}

/// Each record holds the one before it, which is known by its name.
#[test]
fn types_that_nest_too_deep_by_name_are_refused() {
    let tower = |height: usize| {
        let mut fields = vec![json!({"name": "f0", "type":
            {"type": "record", "name": "R0", "fields": [{"name": "a", "type": "int"}]}})];
        for floor in 1..height {
            let below = format!("R{}", floor - 1);
            fields.push(json!({"name": format!("f{floor}"), "type":
                {"type": "record", "name": format!("R{floor}"), "fields":
                    [{"name": "a", "type": below}, {"name": "b", "type": below}]}}));
        }
        read(&with(fields)).map(drop)
    };
    assert_eq!(tower(MOST_HEIGHT - 1), Ok(()));
    assert_eq!(tower(MOST_HEIGHT), Err(SchemaError::High));
}

#[test]
fn a_schema_of_too_many_types_is_refused() {
    let many = |count: usize| of_type(&json!(vec!["int"; count]));
    // The five fields and the union.
    assert_eq!(many(MOST_TYPES - 6), Ok(()));
    assert_eq!(many(MOST_TYPES - 5), Err(SchemaError::Many));
}
