//! The operations that every document holds, whatever the functions are, and the
//! responses that are the same for all.

use serde_json::{Value, json};

use super::parts::{Entries, Operation, PathItem, content, reference};
use super::vocabulary::{ANY_SUCCESS, DETAIL, FAILURE, FUNCTION, MALFORMED, READINESS, REQUEST};

pub(super) const FUNCTIONS: &str = "functions";
const PROTOCOL: &str = "protocol";
const SERVICE: &str = "service";

const EXEC: &str = "executeFunction";
const LIST: &str = "listFunctions";
const DESCRIBE: &str = "describeFunction";
const READY: &str = "readiness";

/// The identifiers that are left to no function.
pub(super) const OPERATION_IDS: [&str; 4] = [EXEC, LIST, DESCRIBE, READY];

pub(super) fn tags() -> Vec<Value> {
    vec![
        json!({ "name": FUNCTIONS, "description": "Each function by itself" }),
        json!({ "name": PROTOCOL, "description": "Calls by name, and what there is to call" }),
        json!({ "name": SERVICE, "description": "The server itself" }),
    ]
}

pub(super) fn paths() -> [(String, PathItem<'static>); 4] {
    [
        ("/exec".to_owned(), PathItem::Post(exec())),
        ("/functions".to_owned(), PathItem::Get(list())),
        ("/functions/{name}".to_owned(), PathItem::Get(describe())),
        ("/ready".to_owned(), PathItem::Get(ready())),
    ]
}

fn exec() -> Operation<'static> {
    let answer = json!({ "oneOf": [reference(ANY_SUCCESS), reference(FAILURE)] });
    let ok = json!({
        "description": "The request was understood. `success` says whether the function succeeded; \
                        one that does not exist is a failure as well.",
        "content": content(&answer),
    });
    Operation {
        tags: [PROTOCOL],
        operation_id: EXEC,
        summary: "Call a function by its name".to_owned(),
        description: "A function goes on running when its caller hangs up.",
        parameters: Vec::new(),
        request_body: Some(json!({ "required": true, "content": content(&reference(REQUEST)) })),
        responses: responses_to_a_call(ok),
        timeout: None,
    }
}

fn list() -> Operation<'static> {
    let all = json!({ "type": "array", "items": reference(FUNCTION) });
    look_up(
        PROTOCOL,
        LIST,
        "All functions, sorted by name",
        ("The functions.", &all),
    )
}

fn describe() -> Operation<'static> {
    let mut operation = look_up(
        PROTOCOL,
        DESCRIBE,
        "One function",
        ("The function.", &reference(FUNCTION)),
    );
    operation.parameters.push(json!({
        "name": "name",
        "in": "path",
        "required": true,
        "schema": { "type": "string" },
    }));
    operation.responses.push("404", response("NotFound"));
    operation
}

fn ready() -> Operation<'static> {
    let mut operation = look_up(
        SERVICE,
        READY,
        "Whether the server takes calls",
        ("It does.", &reference(READINESS)),
    );
    let stops = json!({ "description": "It stops, and takes no more calls." });
    operation.responses.push("503", stops);
    operation
}

fn look_up(
    tag: &'static str,
    operation_id: &'static str,
    summary: &str,
    (description, schema): (&str, &Value),
) -> Operation<'static> {
    let ok = json!({ "description": description, "content": content(schema) });
    Operation {
        tags: [tag],
        operation_id,
        summary: summary.to_owned(),
        description: "",
        parameters: Vec::new(),
        request_body: None,
        responses: Entries::from_iter([("200", ok)]),
        timeout: None,
    }
}

/// Everything that a call can be answered with, where `ok` is the answer of a
/// function.
pub(super) fn responses_to_a_call(ok: Value) -> Entries<&'static str, Value> {
    Entries::from_iter([
        ("200", ok),
        ("413", response("TooLarge")),
        ("415", response("NotJson")),
        ("422", response("Malformed")),
        ("500", response("ServerError")),
        ("503", response("Overloaded")),
    ])
}

fn response(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

pub(super) fn responses() -> Value {
    let detail = content(&reference(DETAIL));
    json!({
        "NotFound": { "description": "There is no such thing.", "content": detail },
        "TooLarge": { "description": "The body is larger than the server takes.", "content": detail },
        "NotJson": { "description": "The body is not declared as JSON.", "content": detail },
        "Malformed": {
            "description": "The body is not what the protocol asks for.",
            "content": content(&reference(MALFORMED)),
        },
        "ServerError": { "description": "The server itself broke.", "content": detail },
        "Overloaded": {
            "description": "As many executions run and wait as may.",
            "headers": {
                "Retry-After": {
                    "description": "When to try again, in seconds.",
                    "schema": { "type": "integer", "minimum": 0 },
                },
            },
            "content": detail,
        },
    })
}

pub(super) fn parameters() -> Value {
    json!({
        "ExecutionId": {
            "name": "X-Execution-Id",
            "in": "header",
            "description": "The caller's name for this execution. The server makes one up where \
                            there is none.",
            "schema": { "type": "string" },
        },
    })
}

/// The parameter that names an execution.
pub(super) fn execution_id() -> Value {
    json!({ "$ref": "#/components/parameters/ExecutionId" })
}
