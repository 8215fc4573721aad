//! What a server offers, as an OpenAPI 3.1 document.
//!
//! `/exec` takes any function, so all that could be said of it alone is that it
//! takes an object. Here each function has an operation of its own beside it, with
//! the schemas of its arguments and its result, and a client that is generated
//! from the document is typed. The request of `/exec` is typed as well: it is the
//! call of one function out of all.
//!
//! Components of the server's own have a dot in their names, those of the
//! functions' types have none, so that neither takes a name from the other.

mod call;
mod names;
mod parts;
mod protocol;
mod schemas;
mod vocabulary;

#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::json;

use crate::executor::Executor;

use call::Call;
use names::Names;
use parts::{Components, Document};
use schemas::Schemas;

/// What a document says of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Info<'a> {
    /// What it is called. Not empty.
    pub(super) title: &'a str,
    /// The version of what is served, in whatever form.
    pub(super) version: &'a str,
    /// What it is for, in Markdown. May be empty.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) description: &'a str,
}

/// The OpenAPI document of the functions that `executor` runs, as JSON.
///
/// It asks every argument and result for its schema, which takes time in
/// proportion to the number of functions: make it once and keep it.
///
/// # Panics
/// A `JsonSchema` that somebody wrote by hand panics.
#[must_use]
pub(super) fn document(executor: &Executor, info: &Info<'_>) -> Vec<u8> {
    let schemas = Schemas::of(executor.registry());
    let mut operation_ids = Names::taken(protocol::OPERATION_IDS);
    let calls: Vec<_> = schemas
        .functions
        .iter()
        .map(|(function, description)| {
            let operation_id = operation_ids.distinct(names::identifier(description.name));
            Call::new(description, executor.timeout_of(function), operation_id)
        })
        .collect();

    let document = Document {
        openapi: "3.1.0",
        info,
        // Relative to the document itself: right behind any prefix.
        servers: [json!({ "url": ".", "description": "This server" })],
        tags: protocol::tags(),
        paths: calls
            .iter()
            .map(Call::path)
            .chain(protocol::paths())
            .collect(),
        components: Components {
            parameters: protocol::parameters(),
            responses: protocol::responses(),
            schemas: calls
                .iter()
                .flat_map(Call::components)
                .chain(vocabulary::components(&calls))
                .chain(schemas.components())
                .collect(),
        },
    };
    // Texts and JSON: there is nothing in it that cannot be written.
    serde_json::to_vec(&document).unwrap_or_default()
}
