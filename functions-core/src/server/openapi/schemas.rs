//! The schemas of all functions, with the definitions that they share.
//!
//! A type that is taken and given, and reads otherwise than it writes, has two
//! definitions: its own, and one whose name ends in `Output`. All others are
//! shared.
//!
//! A schema that is `true` is written `{}`: many readers of OpenAPI know no others.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use schemars::generate::SchemaSettings;
use schemars::transform::{ReplaceBoolSchemas, Transform as _};
use serde_json::{Map, Value};

use super::names::{Names, identifier};
use super::parts::Component;
use crate::function::Function;
use crate::registry::Registry;
use crate::schema::Description;

const PATH: &str = "#/components/schemas/";
const OUTPUT: &str = "Output";

pub(super) struct Schemas {
    pub(super) functions: Vec<(&'static Function, Description)>,
    definitions: Definitions,
}

type Definitions = Map<String, Value>;

/// The name of a definition in the document, by the name that schemars gave it.
type NewNames = BTreeMap<String, String>;

impl Schemas {
    pub(super) fn of(registry: &Registry) -> Self {
        let mut no_booleans = ReplaceBoolSchemas::default();
        no_booleans.skip_additional_properties = true;
        let settings = SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = PATH.into())
            .with_transform(no_booleans.clone());
        let mut taken = settings.clone().for_deserialize().into_generator();
        let mut given = settings.for_serialize().into_generator();
        let mut functions: Vec<_> = registry
            .iter()
            .map(|function| {
                let description = Description::within(function, &mut taken, &mut given);
                (function, description)
            })
            .collect();
        let mut taken = taken.take_definitions(true);
        let mut given = given.take_definitions(true);
        let (taken_names, given_names) = name(&taken, &given);

        rename_in(&mut taken, &taken_names);
        rename_in(&mut given, &given_names);
        for (_, description) in &mut functions {
            for argument in &mut description.arguments {
                no_booleans.transform(&mut argument.schema);
                rename_in(argument.schema.ensure_object(), &taken_names);
            }
            no_booleans.transform(&mut description.returns);
            rename_in(description.returns.ensure_object(), &given_names);
        }
        let mut definitions = under_new_names(taken, &taken_names);
        definitions.extend(under_new_names(given, &given_names));
        Self {
            functions,
            definitions,
        }
    }

    pub(super) fn components(&self) -> impl Iterator<Item = (String, Component<'_>)> {
        let definitions = self.definitions.iter();
        definitions.map(|(name, schema)| (name.clone(), Component::Type(schema)))
    }
}

/// Names of schemars can hold what the name of a component must not.
fn name(taken: &Definitions, given: &Definitions) -> (NewNames, NewNames) {
    let two_ways = two_ways(taken, given);
    let mut names = Names::default();
    let taken: NewNames = taken
        .keys()
        .map(|old| (old.clone(), names.distinct(identifier(old))))
        .collect();
    let given = given
        .keys()
        .map(|old| {
            let new = match taken.get(old) {
                None => names.distinct(identifier(old)),
                Some(_) if two_ways.contains(&**old) => names.distinct(identifier(old) + OUTPUT),
                Some(shared) => shared.clone(),
            };
            (old.clone(), new)
        })
        .collect();
    (taken, given)
}

/// What is not the same where it is taken and where it is given: itself, or
/// something that it refers to.
fn two_ways<'a>(taken: &'a Definitions, given: &Definitions) -> BTreeSet<&'a str> {
    let mut same = BTreeMap::new();
    let mut different = BTreeSet::new();
    for (name, schema) in taken {
        match given.get(name) {
            Some(other) if other == schema => {
                same.insert(&**name, referred(schema));
            }
            Some(_) => {
                different.insert(&**name);
            }
            None => {}
        }
    }
    loop {
        let before = different.len();
        same.retain(|name, referred| {
            let stays = !referred.iter().any(|name| different.contains(&**name));
            if !stays {
                different.insert(name);
            }
            stays
        });
        if different.len() == before {
            return different;
        }
    }
}

/// The definitions that a schema refers to.
fn referred(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = vec![schema];
    while let Some(value) = rest.pop() {
        match value {
            Value::Object(object) => {
                found.extend(object.get("$ref").and_then(Value::as_str).and_then(name_in));
                rest.extend(object.values());
            }
            Value::Array(items) => rest.extend(items),
            _ => {}
        }
    }
    found
}

/// Gives every reference below `object` its new name.
fn rename_in(object: &mut Map<String, Value>, names: &NewNames) {
    let mut rest = vec![object];
    while let Some(object) = rest.pop() {
        for (key, value) in object {
            collect(key, value, names, &mut rest);
        }
    }
}

fn collect<'a>(
    key: &str,
    value: &'a mut Value,
    names: &NewNames,
    objects: &mut Vec<&'a mut Map<String, Value>>,
) {
    match value {
        Value::String(reference) if key == "$ref" => {
            if let Some(new) = name_in(reference).and_then(|old| names.get(&old)) {
                *reference = format!("{PATH}{new}");
            }
        }
        Value::Object(object) => objects.push(object),
        Value::Array(items) => {
            for item in items {
                collect("", item, names, objects);
            }
        }
        _ => {}
    }
}

/// The definition that a reference names: a JSON pointer in the fragment of a URI.
fn name_in(reference: &str) -> Option<String> {
    let encoded = reference.strip_prefix(PATH)?;
    let pointer = percent_decode_str(encoded).decode_utf8().ok()?;
    Some(pointer.replace("~1", "/").replace("~0", "~"))
}

fn under_new_names(definitions: Definitions, names: &NewNames) -> Definitions {
    definitions
        .into_iter()
        .map(|(old, schema)| (names.get(&old).cloned().unwrap_or(old), schema))
        .collect()
}
