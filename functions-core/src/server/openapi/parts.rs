//! The parts of a document, in the order in which a reader meets them.
//!
//! Only what has an order is a struct. The rest is literal JSON, whose keys come
//! out sorted.

use schemars::Schema;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::Info;

#[derive(Serialize)]
pub(super) struct Document<'a> {
    pub(super) openapi: &'static str,
    pub(super) info: &'a Info<'a>,
    pub(super) servers: [Value; 1],
    pub(super) tags: Vec<Value>,
    pub(super) paths: Entries<String, PathItem<'a>>,
    pub(super) components: Components<'a>,
}

#[derive(Serialize)]
pub(super) struct Components<'a> {
    pub(super) parameters: Value,
    pub(super) responses: Value,
    pub(super) schemas: Entries<String, Component<'a>>,
}

/// A schema under a name of its own.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Component<'a> {
    Object(Object<'a>),
    Literal(Value),
    Type(&'a Value),
}

/// The schema of an object whose keys are told in their order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Object<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) description: &'a str,
    r#type: &'static str,
    pub(super) properties: Entries<&'a str, Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) required: Vec<&'a str>,
    /// `Some(false)` where there may be no other keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) additional_properties: Option<bool>,
}

impl<'a> Object<'a> {
    /// An object that always has all of its keys, and may have others.
    pub(super) fn of<const N: usize>(
        description: &'a str,
        properties: [(&'a str, Value); N],
    ) -> Self {
        Self {
            description,
            r#type: "object",
            required: properties.iter().map(|(key, _)| *key).collect(),
            properties: properties
                .into_iter()
                .map(|(key, value)| (key, Schema::try_from(value).unwrap_or_default()))
                .collect(),
            additional_properties: None,
        }
    }

    pub(super) fn without_required(mut self, key: &str) -> Self {
        self.required.retain(|required| *required != key);
        self
    }
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PathItem<'a> {
    Get(Operation<'a>),
    Post(Operation<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation<'a> {
    pub(super) tags: [&'static str; 1],
    pub(super) operation_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) summary: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) description: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_body: Option<Value>,
    pub(super) responses: Entries<&'static str, Value>,
    #[serde(rename = "x-timeout-seconds", skip_serializing_if = "Option::is_none")]
    pub(super) timeout: Option<f64>,
}

/// A JSON object whose keys keep their order.
pub(super) struct Entries<K, V>(Vec<(K, V)>);

impl<K, V> Entries<K, V> {
    pub(super) fn push(&mut self, key: K, value: V) {
        self.0.push((key, value));
    }
}

impl<K: Serialize, V: Serialize> Serialize for Entries<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<K, V> FromIterator<(K, V)> for Entries<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

/// A reference to a schema among the components.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A body of JSON.
pub(super) fn content(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}
