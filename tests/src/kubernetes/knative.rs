//! What an API server has to know of Knative.

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};

use super::manifests;

const DEFINITION: &str = include_str!("../../kubernetes/knative-service-crd.yaml");
const NAME: &str = "services.serving.knative.dev";

/// Has it know the Services of Knative. It may know them already.
///
/// # Errors
/// It does not take them.
pub(super) async fn install(client: Client) -> anyhow::Result<()> {
    let definition = manifests(DEFINITION)?.into_iter().next();
    let kind = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    let resource = ApiResource::from_gvk(&kind);
    let definitions: Api<DynamicObject> = Api::all_with(client, &resource);
    let params = PatchParams::apply("functions-tests");
    definitions
        .patch(
            NAME,
            &params,
            &Patch::Apply(&definition.unwrap_or_default()),
        )
        .await?;
    Ok(())
}

/// Whether it serves them.
pub(super) async fn is_served(client: Client) -> bool {
    let kind = GroupVersionKind::gvk("serving.knative.dev", "v1", "Service");
    let services: Api<DynamicObject> = Api::all_with(client, &ApiResource::from_gvk(&kind));
    services.list(&Default::default()).await.is_ok()
}
