//! The schemas that every document holds: the words of the protocol, each with a
//! dot in its name.

use serde_json::{Value, json};

use super::call::Call;
use super::parts::{Component, Object, reference};

pub(super) const FAILURE: &str = "protocol.Failure";
pub(super) const REQUEST: &str = "protocol.Request";
pub(super) const ANY_SUCCESS: &str = "protocol.AnySuccess";
const METADATA: &str = "protocol.Metadata";
pub(super) const DETAIL: &str = "protocol.Detail";
pub(super) const MALFORMED: &str = "protocol.Malformed";
const FAULT: &str = "protocol.Fault";
pub(super) const FUNCTION: &str = "protocol.Function";
const ARGUMENT: &str = "protocol.Argument";
pub(super) const READINESS: &str = "protocol.Readiness";

/// The answer of a function that returned a value of `result`.
pub(super) fn success(result: Value) -> Object<'static> {
    Object::of(
        "",
        [
            ("success", json!({ "type": "boolean", "const": true })),
            ("result", result),
            ("error", json!({ "type": "null" })),
            ("metadata", reference(METADATA)),
        ],
    )
}

fn failure() -> Object<'static> {
    Object::of(
        "",
        [
            ("success", json!({ "type": "boolean", "const": false })),
            ("result", json!({ "type": "null" })),
            ("error", text("What went wrong.")),
            ("metadata", reference(METADATA)),
        ],
    )
}

pub(super) fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

pub(super) fn components<'a>(
    calls: &[Call<'a>],
) -> impl Iterator<Item = (String, Component<'a>)> + use<'a> {
    let request = (REQUEST, Component::Literal(request(calls)));
    let objects = [
        (ANY_SUCCESS, success(json!({}))),
        (FAILURE, failure()),
        (
            METADATA,
            Object::of("", [("executionId", text("The name of the execution."))]),
        ),
        (
            DETAIL,
            Object::of("", [("detail", text("What went wrong."))]),
        ),
        (MALFORMED, malformed()),
        (FAULT, fault()),
        (FUNCTION, function()),
        (ARGUMENT, argument()),
        (READINESS, readiness()),
    ];
    let objects = objects.map(|(name, object)| (name, Component::Object(object)));
    std::iter::once(request)
        .chain(objects)
        .map(|(name, component)| (name.to_owned(), component))
}

/// One call out of all. Where there is no function there is none to tell apart.
fn request(calls: &[Call<'_>]) -> Value {
    if calls.is_empty() {
        return json!({
            "type": "object",
            "properties": {
                "executionId": { "type": "string" },
                "functionName": { "type": "string" },
                "args": { "type": "object" },
            },
            "required": ["executionId", "functionName"],
        });
    }
    let one_of: Vec<_> = calls
        .iter()
        .map(|call| reference(&call.component()))
        .collect();
    json!({ "oneOf": one_of })
}

fn malformed() -> Object<'static> {
    let faults = json!({ "type": "array", "items": reference(FAULT) });
    Object::of("", [("detail", faults)])
}

fn fault() -> Object<'static> {
    let step = json!({ "type": ["string", "integer"] });
    Object::of(
        "One thing that is wrong with a request.",
        [
            ("type", text("What kind of fault it is.")),
            (
                "loc",
                json!({ "type": "array", "items": step, "description": "Where it is." }),
            ),
            ("msg", text("What would be right.")),
            ("input", json!({ "description": "What was sent there." })),
        ],
    )
}

fn function() -> Object<'static> {
    Object::of(
        "A function and how it is called.",
        [
            ("name", text("The name it is called by.")),
            ("description", text("What it does.")),
            (
                "arguments",
                json!({ "type": "array", "items": reference(ARGUMENT) }),
            ),
            ("returns", schema("The JSON Schema of its result.")),
            (
                "timeout",
                json!({
                    "type": ["number", "null"],
                    "description": "Its own deadline in seconds. `null` leaves it to the server.",
                }),
            ),
        ],
    )
}

fn argument() -> Object<'static> {
    Object::of(
        "An argument of a function.",
        [
            ("name", text("Its key.")),
            ("description", text("What it means.")),
            (
                "required",
                json!({ "type": "boolean", "description": "Whether a call without it is refused." }),
            ),
            (
                "default",
                json!({ "description": "The value it has in a call without it." }),
            ),
            ("schema", schema("The JSON Schema of its value.")),
        ],
    )
    .without_required("default")
}

fn schema(description: &str) -> Value {
    json!({ "type": ["object", "boolean"], "description": description })
}

fn readiness() -> Object<'static> {
    Object::of(
        "",
        [
            ("status", text("`ready` where it takes calls.")),
            (
                "deployment_id",
                text("The deployment whose functions it runs."),
            ),
            (
                "function_count",
                json!({ "type": "integer", "minimum": 0, "description": "How many functions there are." }),
            ),
            (
                "functions",
                json!({
                    "type": "array",
                    "items": { "type": "string" },
                    "description": "Their names.",
                }),
            ),
            (
                "rabbitmq_enabled",
                json!({ "type": "boolean", "description": "Whether events are announced." }),
            ),
            (
                "rabbitmq_connected",
                json!({ "type": "boolean", "description": "Whether the broker is connected." }),
            ),
        ],
    )
}
