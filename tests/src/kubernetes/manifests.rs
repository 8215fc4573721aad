//! Manifests that somebody has written.

use anyhow::{anyhow, bail};
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

/// Those of a text, in their order.
///
/// # Errors
/// It is no YAML, or holds what no manifest does.
pub fn manifests(text: &str) -> anyhow::Result<Vec<Value>> {
    YamlLoader::load_from_str(text)?.iter().map(plain).collect()
}

fn plain(yaml: &Yaml) -> anyhow::Result<Value> {
    Ok(match yaml {
        Yaml::Hash(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let key = key.as_str().ok_or_else(|| anyhow!("{key:?} is no key"))?;
                Ok((key.to_owned(), plain(value)?))
            });
            Value::Object(entries.collect::<anyhow::Result<_>>()?)
        }
        Yaml::Array(items) => items.iter().map(plain).collect::<anyhow::Result<_>>()?,
        Yaml::String(text) => text.as_str().into(),
        Yaml::Integer(number) => (*number).into(),
        Yaml::Boolean(truth) => (*truth).into(),
        Yaml::Null => Value::Null,
        other => bail!("{other:?} is nothing that a manifest holds"),
    })
}
