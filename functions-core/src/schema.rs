//! How a function is described to those who call it: JSON Schema 2020-12.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

use crate::function::Function;
use crate::parameter::Parameter;

/// A function as callers see it. Serializes as one entry of `GET /functions`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// The name it is called by.
    pub name: &'static str,
    /// What it does; empty where its author did not say.
    pub description: &'static str,
    /// What it takes, in the order in which it is written.
    pub arguments: Vec<ArgumentDescription>,
    /// The schema of its result.
    pub returns: Schema,
    /// Its own deadline in seconds. `null` leaves it to the server.
    pub timeout: Option<f64>,
}

/// An argument of a function as callers see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArgumentDescription {
    /// Its key in `args`.
    pub name: &'static str,
    /// What it means; empty where the author did not say.
    pub description: &'static str,
    /// Whether a call without it is refused.
    pub required: bool,
    /// The value it has in a call without it, where that can be shown as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The schema of its value.
    pub schema: Schema,
}

impl Description {
    /// Describes `function` on its own: each schema holds the definitions that it
    /// refers to, under `$defs`.
    #[must_use]
    pub fn of(function: &Function) -> Self {
        let alone = |settings: SchemaSettings, schema: fn(&mut SchemaGenerator) -> Schema| {
            let mut generator = settings.into_generator();
            let schema = schema(&mut generator);
            with_definitions(schema, &mut generator)
        };
        Self::build(
            function,
            |schema| alone(SchemaSettings::draft2020_12().for_deserialize(), schema),
            |schema| alone(SchemaSettings::draft2020_12().for_serialize(), schema),
        )
    }

    /// Describes `function` as part of a larger document: definitions are left in
    /// the generators, and referred to where they say.
    ///
    /// There is one for what is taken and one for what is given, since a type can
    /// be read and written differently: a field with a default may be left out,
    /// but is always there in a result.
    #[must_use]
    pub fn within(
        function: &Function,
        taken: &mut SchemaGenerator,
        given: &mut SchemaGenerator,
    ) -> Self {
        Self::build(function, |schema| schema(taken), |schema| schema(given))
    }

    fn build(
        function: &Function,
        mut taken: impl FnMut(fn(&mut SchemaGenerator) -> Schema) -> Schema,
        given: impl FnOnce(fn(&mut SchemaGenerator) -> Schema) -> Schema,
    ) -> Self {
        let arguments = function
            .arguments()
            .map(|parameter| ArgumentDescription {
                name: parameter.name,
                description: parameter.description,
                required: parameter.is_required(),
                default: parameter.default(),
                schema: taken(parameter.schema),
            })
            .collect();
        Self {
            name: function.name,
            description: function.description,
            arguments,
            returns: given(function.returns),
            timeout: function.timeout.map(|timeout| timeout.as_secs_f64()),
        }
    }
}

fn with_definitions(mut schema: Schema, generator: &mut SchemaGenerator) -> Schema {
    let definitions = generator.take_definitions(true);
    if !definitions.is_empty() {
        schema.insert("$defs".to_owned(), Value::Object(definitions));
    }
    schema
}

/// What a parameter takes, in a word or two: `integer`, `array of number`, `Order`.
pub(crate) fn type_name_of(parameter: &Parameter) -> String {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let schema = (parameter.schema)(&mut generator);
    name_of(schema.as_value())
}

fn name_of(schema: &Value) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        return name.to_owned();
    }
    match schema.get("type") {
        Some(Value::String(kind)) if kind == "array" => match schema.get("items") {
            Some(items) => format!("array of {}", name_of(items)),
            None => kind.clone(),
        },
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => {
            let kinds: Vec<_> = kinds.iter().filter_map(Value::as_str).collect();
            kinds.join(" or ")
        }
        _ => "any".to_owned(),
    }
}
