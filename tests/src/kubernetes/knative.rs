//! What an API server has to know of Knative.

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

const DEFINITION: &str = include_str!("../../kubernetes/knative-service-crd.yaml");
const NAME: &str = "services.serving.knative.dev";

/// Has it know the Services of Knative. It may know them already.
///
/// # Errors
/// It does not take them.
pub(super) async fn install(client: Client) -> anyhow::Result<()> {
    let documents = YamlLoader::load_from_str(DEFINITION)?;
    let document = documents.first().map(plain).transpose()?;
    let definition = document.unwrap_or_default();
    let kind = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    let resource = ApiResource::from_gvk(&kind);
    let definitions: Api<DynamicObject> = Api::all_with(client, &resource);
    let params = PatchParams::apply("functions-tests");
    definitions
        .patch(NAME, &params, &Patch::Apply(&definition))
        .await?;
    Ok(())
}

/// Whether it serves them.
pub(super) async fn is_served(client: Client) -> bool {
    let kind = GroupVersionKind::gvk("serving.knative.dev", "v1", "Service");
    let services: Api<DynamicObject> = Api::all_with(client, &ApiResource::from_gvk(&kind));
    services.list(&Default::default()).await.is_ok()
}

fn plain(yaml: &Yaml) -> anyhow::Result<Value> {
    Ok(match yaml {
        Yaml::Hash(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let key = key
                    .as_str()
                    .ok_or_else(|| anyhow::anyhow!("{key:?} is no key"))?;
                Ok((key.to_owned(), plain(value)?))
            });
            Value::Object(entries.collect::<anyhow::Result<_>>()?)
        }
        Yaml::Array(items) => items.iter().map(plain).collect::<anyhow::Result<_>>()?,
        Yaml::String(text) => text.as_str().into(),
        Yaml::Integer(number) => (*number).into(),
        Yaml::Boolean(truth) => (*truth).into(),
        Yaml::Null => Value::Null,
        other => anyhow::bail!("{other:?} is nothing that a definition holds"),
    })
}
