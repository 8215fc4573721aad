//! What else a function is given, as callers write it.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;

use super::request::Fields;
use crate::cut::cut;
use crate::knative::{
    InvalidVariable, Options, Quantity, Resources, Scale, SecretKey, VariableName,
};

/// How much of a name is told, in characters.
const SHOWN: usize = 100;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    #[serde(default)]
    requests: Amounts,
    #[serde(default)]
    limits: Amounts,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Amounts {
    cpu: Option<String>,
    memory: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Copies {
    min: Option<u32>,
    max: Option<u32>,
}

/// Reads all of them, and notes what is wrong.
pub(super) fn read(fields: &mut Fields<'_>) -> Options {
    let copies: Option<Copies> = fields.optional("scale", r#"as {"min": 0, "max": 10}"#);
    let copies = copies.unwrap_or_default();
    let image_pull_secret: Option<String> = fields.optional("image_pull_secret", "a string");
    let options = Options {
        environment: variables(fields, "environment"),
        secrets: secrets(fields),
        resources: resources(fields),
        scale: Scale {
            min: copies.min,
            max: copies.max,
        },
        concurrency: fields.optional("concurrency", "a whole number from 0 to 1000"),
        timeout_seconds: fields.optional("timeout_seconds", "a whole number from 1 to 86400"),
        image_pull_secret: parsed(fields, &["image_pull_secret"], image_pull_secret),
    };
    if let Err(wrong) = options.check() {
        let at: Vec<_> = wrong.at.iter().map(String::as_str).collect();
        fields.wrong(&at, &wrong.what);
    }
    options
}

fn variables(fields: &mut Fields<'_>, key: &'static str) -> BTreeMap<VariableName, String> {
    let expected = "an object of variables and strings";
    let said: Option<BTreeMap<String, String>> = fields.optional(key, expected);
    let mut variables = BTreeMap::new();
    for (name, value) in said.unwrap_or_default() {
        match name.parse() {
            Ok(name) => {
                variables.insert(name, value);
            }
            Err(why) => {
                // Told once: there may be as many as there are bytes.
                fields.wrong::<InvalidVariable>(&[key, &cut(&name, SHOWN)], why);
                break;
            }
        }
    }
    variables
}

fn secrets(fields: &mut Fields<'_>) -> BTreeMap<VariableName, SecretKey> {
    let mut secrets = BTreeMap::new();
    for (name, value) in variables(fields, "secrets") {
        match value.parse() {
            Ok(key) => {
                secrets.insert(name, key);
            }
            Err(why) => {
                fields.wrong::<InvalidVariable>(&["secrets", name.as_str()], why);
                break;
            }
        }
    }
    secrets
}

fn resources(fields: &mut Fields<'_>) -> Resources {
    let expected = r#"as {"requests": {"cpu": "100m"}, "limits": {"memory": "512Mi"}}"#;
    let bounds: Option<Bounds> = fields.optional("resources", expected);
    let Bounds { requests, limits } = bounds.unwrap_or_default();
    let mut amount = |of: &str, what: &str, said: Option<String>| -> Option<Quantity> {
        parsed(fields, &["resources", of, what], said)
    };
    Resources {
        cpu_request: amount("requests", "cpu", requests.cpu),
        cpu_limit: amount("limits", "cpu", limits.cpu),
        memory_request: amount("requests", "memory", requests.memory),
        memory_limit: amount("limits", "memory", limits.memory),
    }
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(
    fields: &mut Fields<'_>,
    at: &[&str],
    said: Option<String>,
) -> Option<T> {
    match said?.parse() {
        Ok(value) => Some(value),
        Err(why) => {
            fields.wrong(at, why);
            None
        }
    }
}
