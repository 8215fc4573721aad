//! The document as its readers see it: generators of clients, validators, and
//! somebody who compares it with what the server really says.

mod fixtures;

use serde_json::{Value, json};

use super::Info;
use crate::executor::Executor;
use crate::function::Function;
use crate::protocol::Request;
use crate::schema::Description;
use fixtures::{all, executor_of};

const INFO: Info<'_> = Info {
    title: "test",
    version: "1.2.3",
    description: "",
};

fn document_of(executor: &Executor) -> Value {
    serde_json::from_slice(&super::document(executor, &INFO)).unwrap()
}

fn document() -> Value {
    document_of(&executor_of(&all()))
}

/// The schema at `pointer`, with the whole document around it for its references.
fn schema_at(document: &Value, pointer: &str) -> jsonschema::Validator {
    assert!(document.pointer(pointer).is_some(), "nothing at {pointer}");
    let mut root = document.clone();
    root["$ref"] = json!(format!("#{pointer}"));
    jsonschema::draft202012::new(&root).unwrap()
}

/// The schema of the answer of an operation.
fn answer_of(document: &Value, path: &str) -> jsonschema::Validator {
    let path = path.replace('/', "~1");
    let operation = format!("/paths/{path}/post");
    schema_at(
        document,
        &format!("{operation}/responses/200/content/application~1json/schema"),
    )
}

fn component(document: &Value, name: &str) -> jsonschema::Validator {
    schema_at(document, &format!("/components/schemas/{name}"))
}

async fn called(function: &str, arguments: &str) -> Value {
    let request = Request {
        execution_id: "e".into(),
        function_name: function.into(),
        arguments,
    };
    let answer = executor_of(&all())
        .execute(&request, Default::default)
        .await
        .unwrap();
    serde_json::from_slice(&answer.body).unwrap()
}

fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(object) => object
            .get("$ref")
            .and_then(Value::as_str)
            .into_iter()
            .chain(object.values().flat_map(references))
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_document_is_valid_openapi() {
    for functions in [all(), Vec::new()] {
        let json = super::document(&executor_of(&functions), &INFO);
        let document = oas3::from_json(std::str::from_utf8(&json).unwrap()).unwrap();
        document.validate_version().unwrap();
        assert_eq!(document.operations().count(), functions.len() + 4);
    }
}

#[test]
fn every_schema_is_valid_json_schema() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        jsonschema::draft202012::meta::validate(schema)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let references = references(&document);
    assert!(references.len() > 50);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn components_have_legal_names_whatever_the_types_are_called() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in schemas.keys() {
        let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        assert!(name.chars().all(legal), "{name}");
    }
    assert_eq!(schemas["Gr__e"]["properties"]["cm"]["type"], "number");
    assert_eq!(schemas["Page_of_Line__"]["type"], "object");
}

#[test]
fn a_schema_that_allows_anything_is_an_empty_object() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let arguments = &schemas["anything.Arguments"]["properties"];
    assert_eq!(arguments["value"], json!({}));
    assert_eq!(arguments["more"]["items"], json!({}));
    assert_eq!(
        schemas["Page_of_Line__"]["properties"]["items"]["items"],
        json!({})
    );
}

#[test]
fn two_types_of_one_name_have_a_definition_each() {
    let document = document();
    let argument = |name| &document["components"]["schemas"]["ship.Arguments"]["properties"][name];
    let (first, second) = (&argument("from")["$ref"], &argument("to")["$ref"]);
    assert_ne!(first, second);
    let ship = component(&document, "ship.Arguments");
    assert!(ship.is_valid(&json!({"from": {"shelf": 1}, "to": {"street": "s"}})));
    assert!(!ship.is_valid(&json!({"from": {"street": "s"}, "to": {"shelf": 1}})));
}

#[test]
fn a_type_that_reads_otherwise_than_it_writes_has_a_definition_for_each() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Options"]["required"], json!(null));
    assert_eq!(schemas["OptionsOutput"]["required"], json!(["express"]));
    // What holds one has two as well; what does not is shared.
    for (holder, property, held) in [
        ("Order", "parcel", "Parcel"),
        ("OrderOutput", "parcel", "ParcelOutput"),
        ("Parcel", "options", "Options"),
        ("ParcelOutput", "options", "OptionsOutput"),
    ] {
        let reference = &schemas[holder]["properties"][property]["$ref"];
        assert_eq!(*reference, format!("#/components/schemas/{held}"));
    }
    assert!(schemas.get("Line").is_some());
    assert!(schemas.get("LineOutput").is_none());
}

#[test]
fn arguments_are_told_in_their_order_with_what_is_known_of_them() {
    let json = super::document(&executor_of(&all()), &INFO);
    let json = String::from_utf8(json).unwrap();
    let at = |text: &str| json.find(text).unwrap();
    assert!(at(r#""order":{"#) < at(r#""note":{"#));

    let document: Value = serde_json::from_str(&json).unwrap();
    let arguments = &document["components"]["schemas"]["place_order.Arguments"];
    assert_eq!(arguments["required"], json!(["order"]));
    assert_eq!(arguments["additionalProperties"], json!(false));
    let copies = &arguments["properties"]["copies"];
    assert_eq!(copies["default"], json!(1));
    assert_eq!(copies["description"], "How many copies");
    let order = &arguments["properties"]["order"];
    assert_eq!(order["description"], "What is ordered");
    assert_eq!(order["$ref"], "#/components/schemas/Order");
}

#[test]
fn a_body_is_required_only_where_an_argument_is() {
    let document = document();
    let required = |path: &str| document["paths"][path]["post"]["requestBody"]["required"].clone();
    assert_eq!(required("/functions/place_order"), true);
    assert_eq!(required("/functions/ping"), false);
    let call = component(&document, "ping.Call");
    assert!(call.is_valid(&json!({"executionId": "e", "functionName": "ping"})));
    let call = component(&document, "place_order.Call");
    assert!(!call.is_valid(&json!({"executionId": "e", "functionName": "place_order"})));
}

#[test]
fn a_function_is_described_by_its_author() {
    let document = document();
    let operation = &document["paths"]["/functions/place_order"]["post"];
    assert_eq!(operation["summary"], "Places an order.");
    assert_eq!(
        operation["description"],
        "Places an\norder.\n\nIt is *not* paid yet."
    );
    assert_eq!(operation["x-timeout-seconds"], json!(2.5));
    let ping = &document["paths"]["/functions/ping"]["post"];
    assert_eq!(ping.get("summary"), None);
    assert_eq!(ping["x-timeout-seconds"], json!(30.0));
}

#[test]
fn a_name_is_encoded_in_its_path_and_plain_in_its_identifier() {
    let document = document();
    let id = |path: &str| document["paths"][path]["post"]["operationId"].clone();
    assert_eq!(id("/functions/gr%C3%B6%C3%9Fe"), "gr__e");
    assert_eq!(id("/functions/stock.count-all"), "stock_count_all");
    assert_eq!(id("/functions/stock.count_all"), "stock_count_all_2");
    // The protocol's own identifiers are its own.
    assert_eq!(id("/functions/readiness"), "readiness_2");
}

#[tokio::test]
async fn what_a_function_answers_is_what_the_document_says() {
    let document = document();
    let schema = answer_of(&document, "/functions/place_order");
    let order = r#"{"order": {"lines": [{"name": "a", "parts": [{"name": "b", "parts": []}]}],
                    "parcel": {"options": {}}, "priority": "high"}}"#;
    let success = called("place_order", order).await;
    assert_eq!(success["success"], true, "{success}");
    let failure = called("place_order", "{}").await;
    assert_eq!(failure["success"], false);
    for answer in [&success, &failure] {
        assert!(schema.is_valid(answer), "{answer}");
        assert!(answer_of(&document, "/exec").is_valid(answer));
    }

    let mut wrong = success.clone();
    wrong["result"]["total"] = json!("much");
    assert!(!schema.is_valid(&wrong));
    let mut wrong = success.clone();
    wrong["success"] = json!(false);
    assert!(!schema.is_valid(&wrong));
    let mut wrong = success;
    wrong.as_object_mut().unwrap().remove("metadata");
    assert!(!schema.is_valid(&wrong));

    let nothing = called("ping", "{}").await;
    assert!(answer_of(&document, "/functions/ping").is_valid(&nothing));
    assert!(!schema.is_valid(&nothing));
}

#[test]
fn a_request_to_exec_is_the_call_of_one_function() {
    let document = document();
    let request = component(&document, "protocol.Request");
    let call = |name: &str, arguments: Value| {
        let call = json!({"executionId": "e", "functionName": name, "args": arguments});
        request.is_valid(&call)
    };
    let order = json!({"lines": [], "parcel": {"options": {}}, "priority": "low"});
    assert!(call("place_order", json!({ "order": order })));
    assert!(call("ping", json!({})));
    assert!(!call("ping", json!({ "order": order })));
    assert!(!call("place_order", json!({ "order": 7 })));
    assert!(!call("nothing", json!({})));
}

#[test]
fn where_there_is_no_function_a_request_names_any() {
    let document = document_of(&executor_of(&[]));
    let request = component(&document, "protocol.Request");
    assert!(request.is_valid(&json!({"executionId": "e", "functionName": "f"})));
    assert!(!request.is_valid(&json!({"executionId": "e"})));
}

#[test]
fn a_malformed_request_is_answered_as_the_document_says() {
    let document = document();
    let schema = component(&document, "protocol.Malformed");
    for body in [r#"{"functionName": 7, "args": []}"#, "{", "", "[]"] {
        let malformed = Request::parse(body.as_bytes()).unwrap_err();
        let answer: Value = serde_json::from_slice(&malformed.to_json()).unwrap();
        assert!(schema.is_valid(&answer), "{answer}");
    }
    assert!(!schema.is_valid(&json!({"detail": "text"})));
}

#[test]
fn functions_are_listed_as_the_document_says() {
    let document = document();
    let schema = component(&document, "protocol.Function");
    for function in all() {
        let listed = serde_json::to_value(Description::of(function)).unwrap();
        assert!(schema.is_valid(&listed), "{listed}");
        let keys =
            |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        let told = &document["components"]["schemas"]["protocol.Function"]["properties"];
        assert_eq!(keys(&listed), keys(told));
    }
}

#[test]
fn a_thousand_functions_are_a_thousand_operations_of_bounded_size() {
    let many: Vec<&'static Function> = (0..1_000)
        .map(|number| &*Box::leak(Box::new(fixtures::place_order_as(format!("f{number}")))))
        .collect();
    let json = super::document(&executor_of(&many), &INFO);
    let document: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(document["paths"].as_object().unwrap().len(), 1_004);
    // The types that they share are there once.
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert!(schemas.len() < 3_050, "{}", schemas.len());
    assert!(json.len() < 3_000 * 1_000, "{} bytes", json.len());
}
