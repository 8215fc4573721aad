//! Requests and completions, read and written by us and by others.

mod evolved;

use std::collections::BTreeMap;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value as Avro;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::bus::pulsar::schema::tests::{read as schema, with};
use crate::bus::pulsar::schema::{COMPLETION_SCHEMA, REQUEST_SCHEMA};
use crate::bus::pulsar::words::SchemaType;
use crate::bus::{Completion, Outcome, Request, RequestId};

const MOST: usize = 1 << 20;

/// What the Python package fastavro 1.13 writes for [`cat`], and the Python client of
/// Pulsar 3.13 with it.
const CAT: &str = "0861636d650a6361742d313473333a2f2f70696374757265732f6b61747a652dc3a42e706e67\
                   107468756d62734032f6a1abfef962";

pub(in super::super) fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

pub(in super::super) fn cat() -> Record {
    Record {
        tenant_id: "acme".to_owned(),
        asset_id: "cat-1".to_owned(),
        asset_uri: "s3://pictures/katze-ä.png".to_owned(),
        wasm_module_id: "thumbs@2".to_owned(),
        event_timestamp: 1_700_000_000_123,
    }
}

fn asked(record: Record) -> Request {
    Request {
        id: RequestId::unique(),
        tenant: record.tenant_id.parse().unwrap(),
        asset_id: record.asset_id,
        asset_uri: record.asset_uri,
        wasm_module_id: record.wasm_module_id,
        event_timestamp: record.event_timestamp,
        repeats: None,
        flaw: None,
    }
}

fn ended(outcome: Outcome) -> Completion {
    Completion {
        execution_id: Uuid::nil(),
        tenant_id: "acme".parse().unwrap(),
        asset_id: "cat-1".to_owned(),
        wasm_module_id: "thumbs@2".to_owned(),
        outcome,
        fault: None,
        event_timestamp: 1_700_000_000_123,
    }
}

fn own() -> WriterSchema {
    WriterSchema::default()
}

#[test]
fn a_request_of_python_is_read_and_written_to_the_byte() {
    assert_eq!(read(&own(), &bytes(CAT), MOST), Ok(cat()));
    assert_eq!(request(&asked(cat())), bytes(CAT));
}

#[test]
fn a_time_before_1970_and_a_long_text_are_written_as_python_does() {
    let long = Record {
        event_timestamp: -1,
        asset_uri: "x".repeat(200),
        ..cat()
    };
    let golden = format!(
        "0861636d650a6361742d319003{}107468756d6273403201",
        "78".repeat(200)
    );
    assert_eq!(request(&asked(long.clone())), bytes(&golden));
    assert_eq!(read(&own(), &bytes(&golden), MOST), Ok(long));
}

#[test]
fn completions_are_written_as_python_does() {
    let results = [("height", "20"), ("width", "10")];
    let results = results.map(|(key, value)| (key.to_owned(), value.to_owned()));
    for (outcome, golden) in [
        (
            Outcome::Success(results.into()),
            "0861636d650a6361742d31107468756d627340320e5355434345535302040c686569676874043230\
             0a77696474680431300000f6a1abfef962",
        ),
        (
            Outcome::Success(BTreeMap::new()),
            "0861636d650a6361742d31107468756d627340320e53554343455353020000f6a1abfef962",
        ),
        (
            Outcome::Failure("no such module".to_owned()),
            "0861636d650a6361742d31107468756d627340320e4641494c55524500021c6e6f2073756368206d\
             6f64756c65f6a1abfef962",
        ),
    ] {
        assert_eq!(completion(&ended(outcome)), bytes(golden));
    }
}

#[test]
fn what_is_written_is_what_avro_reads_by_the_schemas() {
    let read = |schema, bytes: &[u8]| {
        let schema = Schema::parse_str(schema).unwrap();
        let reader = GenericDatumReader::builder(&schema).build().unwrap();
        let mut rest = bytes;
        let Avro::Record(fields) = reader.read_value(&mut rest).unwrap() else {
            panic!("it is a record")
        };
        assert!(rest.is_empty());
        fields.into_iter().collect::<BTreeMap<_, _>>()
    };
    let fields = read(REQUEST_SCHEMA, &request(&asked(cat())));
    assert_eq!(fields["asset_uri"], Avro::String(cat().asset_uri));
    let why = Outcome::Failure("it broke".to_owned());
    let fields = read(COMPLETION_SCHEMA, &completion(&ended(why)));
    assert_eq!(fields["status"], Avro::String("FAILURE".into()));
    assert_eq!(fields["results"], Avro::Union(0, Avro::Null.into()));
    assert_eq!(
        fields["error_message"],
        Avro::Union(1, Avro::String("it broke".into()).into())
    );
    for number in [0, 63, 64, -64, -65, i64::MAX, i64::MIN] {
        let record = Record {
            event_timestamp: number,
            ..cat()
        };
        let written = request(&asked(record.clone()));
        let fields = read(REQUEST_SCHEMA, &written);
        assert_eq!(fields["event_timestamp"], Avro::Long(number));
        assert_eq!(super::read(&own(), &written, MOST), Ok(record));
    }
}

/// Written by fastavro, with all kinds of other fields between those of a request, and by
/// a schema that Java writes for a class in a class, with a default that does not fit.
#[test]
fn a_request_of_an_evolved_schema_of_python_is_read() {
    let place = json!({"type": "record", "name": "Place", "fields": [
        {"name": "x", "type": "double"}, {"name": "y", "type": "float"}]});
    let schema = schema(&json!({
    "type": "record", "name": "ExecuteWasmFunction", "namespace": "com.acme.Outer$",
    "fields": [
        {"name": "tags", "type": {"type": "map", "values": ["null", "string", "long"]},
         "default": "bad"},
        {"name": "event_timestamp", "type": ["null", "int"]},
        {"name": "asset_uri", "type": ["string", "null"]},
        {"name": "where", "type": place},
        {"name": "seen", "type": {"type": "array", "items": "Place"}},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["CAT", "DOG"]}},
        {"name": "hash", "type": {"type": "fixed", "name": "Hash", "size": 3}},
        {"name": "on", "type": "boolean"},
        {"name": "raw", "type": {"type": "bytes", "logicalType": "decimal", "precision": 4}},
        {"name": "tenant_id", "type": {"type": "string", "avro.java.string": "String"}},
        {"name": "asset_id", "type": ["null", "string"]},
        {"name": "wasm_module_id", "type": "string"},
        {"name": "last", "type": ["null", "Place"]},
    ]}))
    .unwrap();
    let golden = bytes(
        "0602610002620202420263040600029a01000e646174613a2c78000000000000f03f000000400400000000\
         00000000000000000000000000000000000000000002616263010401020861636d65020a6361742d310c74\
         68756d627302000000000000f83f0000003f",
    );
    let expected = Record {
        tenant_id: "acme".to_owned(),
        asset_id: "cat-1".to_owned(),
        asset_uri: "data:,x".to_owned(),
        wasm_module_id: "thumbs".to_owned(),
        event_timestamp: 77,
    };
    assert_eq!(read(&schema, &golden, MOST), Ok(expected));
}

#[test]
fn a_request_in_json_is_read_with_whatever_else_it_holds() {
    let json = WriterSchema::read(SchemaType::Json, b"").unwrap();
    let payload = |spoil: fn(&mut serde_json::Value)| {
        let mut payload = json!({
            "tenant_id": "acme", "asset_id": "cat-1", "asset_uri": "s3://pictures/katze-ä.png",
            "wasm_module_id": "thumbs@2", "event_timestamp": 1_700_000_000_123_i64,
            "more": [{"a": null}],
        });
        spoil(&mut payload);
        payload.to_string()
    };
    let good = payload(|_| ());
    assert_eq!(read(&json, good.as_bytes(), MOST), Ok(cat()));
    for (bad, why) in [
        (
            payload(|it| it["asset_id"] = json!(null)),
            "invalid type: null",
        ),
        (
            payload(|it| it["event_timestamp"] = json!("now")),
            "expected i64",
        ),
        (
            payload(|it| it["asset_id"] = json!(["x".repeat(9999)])),
            "expected a string",
        ),
        (
            payload(|it| it["event_timestamp"] = json!("x".repeat(9999))),
            "invalid type",
        ),
        (
            payload(|it| drop(it.as_object_mut().unwrap().remove("asset_uri"))),
            "missing field `asset_uri`",
        ),
        (payload(|it| *it = json!("x")), "it is no object"),
        (
            payload(|it| *it = json!(["a", "b", "c", "d", 5])),
            "it is no object",
        ),
        (format!("{good}{good}"), "trailing characters"),
        ("[".repeat(100_000), "it is no object"),
        (
            format!("{{\"a\":{}", "[".repeat(100_000)),
            "EOF while parsing a list",
        ),
    ] {
        let error = read(&json, bad.as_bytes(), MOST).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        assert!(error.len() < 400, "{error}");
    }
}

#[test]
fn a_request_that_ends_too_early_or_too_late_is_none() {
    let whole = bytes(CAT);
    for end in 0..whole.len() {
        let error = read(&own(), &whole[..end], MOST).unwrap_err();
        assert!(
            matches!(error, RecordError::Field(_, Flaw::Ends)),
            "{error}"
        );
    }
    let error = read(&own(), &[whole, vec![0; 2]].concat(), MOST).unwrap_err();
    assert_eq!(error, RecordError::More(2));
    let error = read(&own(), b"", MOST).unwrap_err().to_string();
    assert_eq!(
        error,
        "the field `tenant_id` of the request ends where the request does"
    );
}

#[test]
fn a_request_that_is_too_long_is_not_read() {
    let payload = bytes(CAT);
    let length = payload.len();
    assert!(read(&own(), &payload, length).is_ok());
    let error = read(&own(), &payload, length - 1).unwrap_err();
    assert_eq!(error, RecordError::Long(length, length - 1));
}

#[test]
fn a_field_that_is_not_what_it_should_be_is_named() {
    let mut nullable = with(vec![]);
    nullable["fields"][0]["type"] = json!(["null", "string", "double"]);
    let nullable = schema(&nullable).unwrap();
    for (schema, payload, flaw) in [
        (&nullable, &[0][..], Flaw::Null),
        (&nullable, &[4, 0, 0, 0, 0, 0, 0, 0, 0], Flaw::Other),
        (&nullable, &[6], Flaw::Branch(3, 3)),
        (&nullable, &[1], Flaw::Branch(-1, 3)),
        (&own(), &[1], Flaw::Length(-1)),
        (&own(), &[2, 0xff], Flaw::Utf8),
        (&own(), &[0xff; 10], Flaw::Number),
        (&own(), &[0x80; 11], Flaw::Number),
        // A 65th bit.
        (
            &own(),
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
            Flaw::Number,
        ),
        (
            &own(),
            &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            Flaw::Ends,
        ),
    ] {
        let error = read(schema, payload, MOST).unwrap_err();
        assert_eq!(error, RecordError::Field("tenant_id".into(), flaw));
    }
}

/// What is passed over in a field of that type, before a request.
fn passed_over(kind: &serde_json::Value, mut payload: Vec<u8>) -> Result<Record, RecordError> {
    let schema = schema(&with(vec![json!({"name": "other", "type": kind})])).unwrap();
    payload.extend(bytes(CAT));
    read(&schema, &payload, MOST)
}

#[test]
fn values_that_take_no_bytes_are_counted() {
    let steps = RecordError::Field("other".into(), Flaw::Steps);
    let nulls = |count: usize| -> Vec<_> {
        let name = |place| json!({"name": format!("f{place}"), "type": "null"});
        (0..count).map(name).collect()
    };

    // Thirty records, each of them the one before it, twice.
    let mut floors = vec![json!({"name": "f0", "type":
        {"type": "record", "name": "R0", "fields": nulls(2)}})];
    for floor in 1..30 {
        let below = format!("R{}", floor - 1);
        floors.push(json!({"name": format!("f{floor}"), "type":
        {"type": "record", "name": format!("R{floor}"), "fields": [
            {"name": "a", "type": below},
            {"name": "b", "type": below},
        ]}}));
    }
    let tower = json!({"type": "record", "name": "Tower", "fields": floors});
    assert_eq!(passed_over(&tower, vec![]), Err(steps.clone()));

    // Items of one byte and a thousand nulls.
    let mut fields = nulls(1000);
    fields.push(json!({"name": "x", "type": "boolean"}));
    let items = json!({"type": "array", "items":
        {"type": "record", "name": "R", "fields": fields}});
    let of = |count: u8| [vec![count * 2], vec![0; count.into()], vec![0]].concat();
    assert_eq!(passed_over(&items, of(60)), Ok(cat()));
    let many = [vec![0xd0, 0x0f], vec![0; 1000], vec![0]].concat();
    assert_eq!(passed_over(&items, many), Err(steps));
}

#[test]
fn a_count_that_is_not_there_ends_with_the_bytes() {
    let ends = RecordError::Field("other".into(), Flaw::Ends);
    for kind in [
        json!({"type": "array", "items": "boolean"}),
        json!({"type": "map", "values": "null"}),
    ] {
        // i64::MAX items, and i64::MIN of them in as many bytes.
        let most = [vec![0xfe], vec![0xff; 8], vec![0x01]].concat();
        let least = [vec![0xff; 9], vec![0x01]].concat();
        assert_eq!(passed_over(&kind, most.clone()), Err(ends.clone()));
        assert_eq!(
            passed_over(&kind, [least, most].concat()),
            Err(ends.clone())
        );
    }
    let fixed = json!({"type": "fixed", "name": "F", "size": u64::MAX});
    assert_eq!(passed_over(&fixed, vec![]), Err(ends));
}

#[test]
fn a_block_that_tells_its_bytes_is_passed_over_by_them() {
    let array = json!({"type": "array", "items": "string"});
    let payload = [&[3, 8, 2, b'a', 2, b'b'][..], &[2, 2, b'c', 0]].concat();
    assert_eq!(passed_over(&array, payload), Ok(cat()));
    let negative = RecordError::Field("other".into(), Flaw::Length(-1));
    assert_eq!(passed_over(&array, vec![3, 1]), Err(negative));
}
