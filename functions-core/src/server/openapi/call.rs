//! What one function adds to a document: an operation, and the schemas of its
//! arguments, of its call over `/exec` and of its success.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::Schema;
use serde_json::{Value, json};

use super::parts::{Component, Entries, Object, Operation, PathItem, content, reference};
use super::{protocol, vocabulary};
use crate::schema::{ArgumentDescription, Description};

/// What stands for something else in a path.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(super) struct Call<'a> {
    function: &'a Description,
    timeout: Duration,
    operation_id: String,
}

impl<'a> Call<'a> {
    pub(super) fn new(function: &'a Description, timeout: Duration, operation_id: String) -> Self {
        Self {
            function,
            timeout,
            operation_id,
        }
    }

    /// The name of the component that describes its call over `/exec`.
    pub(super) fn component(&self) -> String {
        self.named("Call")
    }

    pub(super) fn path(&self) -> (String, PathItem<'_>) {
        let name = utf8_percent_encode(self.function.name, ENCODED);
        (
            format!("/functions/{name}"),
            PathItem::Post(self.operation()),
        )
    }

    pub(super) fn components(&self) -> [(String, Component<'_>); 3] {
        [
            (self.named("Arguments"), Component::Object(self.arguments())),
            (self.named("Call"), Component::Object(self.call())),
            (self.named("Success"), Component::Object(self.success())),
        ]
    }

    fn named(&self, part: &str) -> String {
        format!("{}.{part}", self.operation_id)
    }

    fn takes_something(&self) -> bool {
        let mut arguments = self.function.arguments.iter();
        arguments.any(|argument| argument.required)
    }

    fn operation(&self) -> Operation<'_> {
        let answer = json!({
            "oneOf": [reference(&self.named("Success")), reference(vocabulary::FAILURE)]
        });
        let ok = json!({
            "description": "The function was called. `success` says whether it succeeded.",
            "content": content(&answer),
        });
        Operation {
            tags: [protocol::FUNCTIONS],
            operation_id: &self.operation_id,
            summary: first_paragraph(self.function.description),
            description: self.function.description,
            parameters: vec![protocol::execution_id()],
            request_body: Some(json!({
                "required": self.takes_something(),
                "content": content(&reference(&self.named("Arguments"))),
            })),
            responses: protocol::responses_to_a_call(ok),
            timeout: Some(self.timeout.as_secs_f64()),
        }
    }

    fn arguments(&self) -> Object<'_> {
        let arguments = &self.function.arguments;
        let mut object = Object::of("", []);
        object.properties = arguments.iter().map(property).collect::<Entries<_, _>>();
        object.required = arguments
            .iter()
            .filter(|argument| argument.required)
            .map(|argument| argument.name)
            .collect();
        object.additional_properties = Some(false);
        object
    }

    fn call(&self) -> Object<'_> {
        let call = Object::of(
            self.function.description,
            [
                (
                    "executionId",
                    vocabulary::text("The caller's name for this execution."),
                ),
                (
                    "functionName",
                    json!({ "type": "string", "const": self.function.name }),
                ),
                ("args", reference(&self.named("Arguments"))),
            ],
        );
        match self.takes_something() {
            true => call,
            false => call.without_required("args"),
        }
    }

    fn success(&self) -> Object<'_> {
        vocabulary::success(self.function.returns.as_value().clone())
    }
}

fn property(argument: &ArgumentDescription) -> (&'static str, Schema) {
    let mut schema = argument.schema.clone();
    if !argument.description.is_empty() {
        schema.insert("description".to_owned(), Value::from(argument.description));
    }
    if let Some(default) = &argument.default {
        schema.insert("default".to_owned(), default.clone());
    }
    (argument.name, schema)
}

/// The first paragraph of a text, on one line.
fn first_paragraph(text: &str) -> String {
    let lines = text.trim().lines().map(str::trim);
    let paragraph: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    paragraph.join(" ")
}
