//! Schemas and bytes that nobody thought of.

use apache_avro::writer::datum::GenericDatumWriter;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::*;

/// A type that stands beside the fields of a request.
#[derive(Clone, Debug)]
enum Kind {
    Simple(&'static str),
    Fixed(u8),
    Enum(u8),
    Nullable(Box<Kind>),
    Array(Box<Kind>),
    Map(Box<Kind>),
    Record(Vec<Kind>),
}

fn kinds() -> impl Strategy<Value = Kind> {
    let simple = prop::sample::select(vec![
        "null", "boolean", "int", "long", "float", "double", "bytes", "string",
    ]);
    let leaf = prop_oneof![
        simple.prop_map(Kind::Simple),
        (0_u8..20).prop_map(Kind::Fixed),
        (1_u8..5).prop_map(Kind::Enum),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|it| Kind::Nullable(it.into())),
            inner.clone().prop_map(|it| Kind::Array(it.into())),
            inner.clone().prop_map(|it| Kind::Map(it.into())),
            prop::collection::vec(inner, 0..4).prop_map(Kind::Record),
        ]
    })
}

impl Kind {
    /// As Avro writes it; `names` counts those that were given.
    fn schema(&self, names: &mut usize) -> Value {
        *names += 1;
        let name = format!("N{names}");
        match self {
            Self::Simple(name) => json!(name),
            Self::Fixed(size) => json!({"type": "fixed", "name": name, "size": size}),
            Self::Enum(count) => {
                let symbols: Vec<_> = (0..*count).map(|it| format!("S{it}")).collect();
                json!({"type": "enum", "name": name, "symbols": symbols})
            }
            Self::Nullable(inner) => match **inner {
                Self::Simple("null") | Self::Nullable(_) => inner.schema(names),
                _ => json!(["null", inner.schema(names)]),
            },
            // An item takes a byte.
            Self::Array(inner) => json!({"type": "array", "items":
            {"type": "record", "name": name, "fields": [
                {"name": "a", "type": inner.schema(names)},
                {"name": "b", "type": "boolean"},
            ]}}),
            Self::Map(inner) => json!({"type": "map", "values": inner.schema(names)}),
            Self::Record(inner) => {
                let fields: Vec<_> = inner
                    .iter()
                    .enumerate()
                    .map(|(place, it)| json!({"name": format!("f{place}"), "type": it.schema(names)}))
                    .collect();
                json!({"type": "record", "name": name, "fields": fields})
            }
        }
    }

    /// Some value of it.
    fn value(&self, chance: &mut fastrand::Rng) -> Avro {
        let text = |chance: &mut fastrand::Rng| -> String {
            let length = chance.usize(..5);
            std::iter::repeat_with(|| chance.char(..))
                .take(length)
                .collect()
        };
        match self {
            Self::Simple("null") => Avro::Null,
            Self::Simple("boolean") => Avro::Boolean(chance.bool()),
            Self::Simple("int") => Avro::Int(chance.i32(..)),
            Self::Simple("long") => Avro::Long(chance.i64(..)),
            Self::Simple("float") => Avro::Float(chance.f32()),
            Self::Simple("double") => Avro::Double(chance.f64()),
            Self::Simple("bytes") => Avro::Bytes(text(chance).into_bytes()),
            Self::Simple(_) => Avro::String(text(chance)),
            Self::Fixed(size) => Avro::Fixed((*size).into(), vec![7; (*size).into()]),
            Self::Enum(count) => {
                let symbol = chance.u8(..*count);
                Avro::Enum(symbol.into(), format!("S{symbol}"))
            }
            Self::Nullable(inner) => match **inner {
                Self::Simple("null") | Self::Nullable(_) => inner.value(chance),
                _ if chance.bool() => Avro::Union(0, Avro::Null.into()),
                _ => Avro::Union(1, inner.value(chance).into()),
            },
            Self::Array(inner) => {
                let length = chance.usize(..4);
                let item = |chance: &mut fastrand::Rng| {
                    let flag = Avro::Boolean(chance.bool());
                    Avro::Record(vec![
                        ("a".to_owned(), inner.value(chance)),
                        ("b".to_owned(), flag),
                    ])
                };
                Avro::Array((0..length).map(|_| item(chance)).collect())
            }
            Self::Map(inner) => {
                let length = chance.usize(..4);
                let entries = (0..length).map(|_| (text(chance), inner.value(chance)));
                Avro::Map(entries.collect())
            }
            Self::Record(inner) => {
                let fields = inner.iter().enumerate();
                let fields = fields.map(|(place, it)| (format!("f{place}"), it.value(chance)));
                Avro::Record(fields.collect())
            }
        }
    }
}

/// A schema of a request with other fields in between, and a request that the crate
/// `apache-avro` wrote by it.
fn evolved() -> impl Strategy<Value = (Value, Vec<u8>)> {
    let others = prop::collection::vec((any::<Index>(), kinds()), 0..6);
    let block = prop::option::of(1_usize..20);
    (others, any::<u64>(), block).prop_map(|(others, seed, block)| {
        let mut chance = fastrand::Rng::with_seed(seed);
        let mut names = 0;
        let mut schema = with(vec![]);
        let cat = cat();
        let mut values = vec![
            ("tenant_id".to_owned(), Avro::String(cat.tenant_id)),
            ("asset_id".to_owned(), Avro::String(cat.asset_id)),
            ("asset_uri".to_owned(), Avro::String(cat.asset_uri)),
            (
                "wasm_module_id".to_owned(),
                Avro::String(cat.wasm_module_id),
            ),
            (
                "event_timestamp".to_owned(),
                Avro::Long(cat.event_timestamp),
            ),
        ];
        let fields = schema["fields"].as_array_mut().unwrap();
        for (place, (at, kind)) in others.iter().enumerate() {
            let (at, name) = (at.index(values.len() + 1), format!("other{place}"));
            fields.insert(at, json!({"name": name, "type": kind.schema(&mut names)}));
            values.insert(at, (name, kind.value(&mut chance)));
        }
        let parsed = Schema::parse(&schema).unwrap();
        let writer = GenericDatumWriter::builder(&parsed).maybe_target_block_size(block);
        let written = writer
            .build()
            .unwrap()
            .write_value_to_vec(Avro::Record(values));
        (schema, written.unwrap())
    })
}

/// Something that looks like a schema.
fn scribbles() -> impl Strategy<Value = Value> {
    let word = || {
        prop::sample::select(vec![
            "type",
            "name",
            "fields",
            "items",
            "values",
            "size",
            "symbols",
            "namespace",
            "record",
            "array",
            "map",
            "fixed",
            "enum",
            "null",
            "int",
            "string",
            "R",
            "a.R",
            "",
        ])
    };
    let leaf = prop_oneof![
        word().prop_map(|it| json!(it)),
        Just(json!(null)),
        (-2_i64..3).prop_map(|it| json!(it)),
    ];
    leaf.prop_recursive(6, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|it| json!(it)),
            prop::collection::hash_map(word(), inner.clone(), 0..5).prop_map(|it| json!(it)),
            (
                prop::sample::select(vec!["record", "array", "map", "fixed", "enum"]),
                word(),
                inner
            )
                .prop_map(|(kind, name, it)| json!({
                    "type": kind, "name": name, "items": it, "values": it, "size": it,
                    "fields": [{"name": name, "type": it}],
                })),
        ]
    })
}

proptest! {
    #[test]
    fn a_request_is_read_whatever_is_around_it((written_by, payload) in evolved()) {
        let schema = schema(&written_by).unwrap();
        prop_assert_eq!(read(&schema, &payload, MOST), Ok(cat()));
        let mut more = payload.clone();
        more.push(0);
        prop_assert_eq!(read(&schema, &more, MOST), Err(RecordError::More(1)));
    }

    #[test]
    fn a_request_that_was_cut_is_none((written_by, payload) in evolved(), at: Index) {
        let schema = schema(&written_by).unwrap();
        let end = at.index(payload.len());
        prop_assert!(read(&schema, &payload[..end], MOST).is_err());
    }

    #[test]
    fn no_bytes_are_too_strange_for_a_schema(
        (written_by, mut payload) in evolved(),
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 0..8),
        strange in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let schema = schema(&written_by).unwrap();
        let _ = read(&schema, &strange, MOST);
        let _ = read(&own(), &strange, MOST);
        let _ = read(&WriterSchema::Json, &strange, MOST);
        for (at, with) in damage {
            *at.get_mut(&mut payload) = with;
        }
        let _ = read(&schema, &payload, MOST);
    }

    #[test]
    fn no_text_is_too_strange_for_a_schema(
        (written_by, payload) in evolved(),
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4),
        strange in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut text = written_by.to_string().into_bytes();
        for (at, with) in damage {
            *at.get_mut(&mut text) = with;
        }
        if let Ok(schema) = WriterSchema::read(SchemaType::Avro, &text) {
            let _ = read(&schema, &payload, MOST);
        }
        let _ = WriterSchema::read(SchemaType::Avro, &strange);
    }

    #[test]
    fn no_type_is_too_strange_for_a_schema(
        strange in scribbles(),
        payload in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let written_by = with(vec![json!({"name": "other", "type": strange})]);
        if let Ok(schema) = schema(&written_by) {
            let _ = read(&schema, &payload, MOST);
        }
        let _ = schema(&strange);
    }
}
