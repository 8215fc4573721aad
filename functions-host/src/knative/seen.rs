//! A Service of Knative as it is on the cluster, as far as the host looks at it.

use std::borrow::Cow;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;

use super::service::{GROUP, KIND, PLURAL, VERSION};

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Seen {
    #[serde(default)]
    pub(super) metadata: ObjectMeta,
    #[serde(default)]
    spec: Spec,
    #[serde(default)]
    pub(super) status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Spec {
    #[serde(default)]
    template: Template,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Template {
    #[serde(default)]
    metadata: ObjectMeta,
    #[serde(default)]
    spec: Containers,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Containers {
    #[serde(default)]
    containers: Vec<Container>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Container {
    #[serde(default)]
    image: Option<String>,
}

/// What Knative says of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    /// Which generation of the Service this is about.
    #[serde(default)]
    pub(super) observed_generation: Option<i64>,
    #[serde(default)]
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) latest_ready_revision_name: Option<String>,
    #[serde(default)]
    pub(super) latest_created_revision_name: Option<String>,
    #[serde(default)]
    pub(super) conditions: Vec<Condition>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Condition {
    #[serde(default)]
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
}

impl Seen {
    pub(super) fn image(&self) -> Option<String> {
        self.spec.template.spec.containers.first()?.image.clone()
    }

    /// What a revision of it is annotated with.
    pub(super) fn annotation(&self, key: &str) -> Option<String> {
        let annotations = self.spec.template.metadata.annotations.as_ref()?;
        annotations.get(key).cloned()
    }

    /// What is said of it being ready, of the Service as it is and not as it was.
    pub(super) fn readiness(&self) -> Option<&Condition> {
        let current = self.status.observed_generation == self.metadata.generation;
        let mut conditions = self.status.conditions.iter().filter(|_| current);
        conditions.find(|condition| condition.r#type == "Ready")
    }
}

impl kube::Resource for Seen {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        KIND.into()
    }

    fn group((): &()) -> Cow<'_, str> {
        GROUP.into()
    }

    fn version((): &()) -> Cow<'_, str> {
        VERSION.into()
    }

    fn plural((): &()) -> Cow<'_, str> {
        PLURAL.into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}
