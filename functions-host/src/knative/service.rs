//! A Service of Knative, as far as the host sets one.

use std::collections::BTreeMap;

use serde::Serialize;

use super::container::Container;
use super::templates::Toleration;

pub(super) const GROUP: &str = "serving.knative.dev";
pub(super) const VERSION: &str = "v1";
pub(super) const API_VERSION: &str = "serving.knative.dev/v1";
pub(super) const KIND: &str = "Service";
pub(super) const PLURAL: &str = "services";

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Service {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) metadata: Meta,
    pub(super) spec: Spec,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Meta {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<String>,
    /// The one object that is meant, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uid: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) annotations: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Spec {
    pub(super) template: Template,
}

/// What each revision is made of: Knative makes a new one where anything in here changes.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Template {
    pub(super) metadata: Meta,
    pub(super) spec: RevisionSpec,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RevisionSpec {
    pub(super) automount_service_account_token: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) container_concurrency: Option<u32>,
    pub(super) containers: [Container; 1],
    pub(super) enable_service_links: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) image_pull_secrets: Vec<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) runtime_class_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timeout_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tolerations: Vec<Toleration>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) volumes: Vec<Volume>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Volume {
    pub(super) name: &'static str,
    pub(super) config_map: Named,
}
