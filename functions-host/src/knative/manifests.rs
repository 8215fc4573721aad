//! What is applied.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::container::{Container, Mount};
use super::deployment::{Deployment, What, config_map};
use super::owner::DEPLOYMENT;
use super::service::{
    API_VERSION, KIND, Meta, Named, RevisionSpec, Service, Spec, Template, Volume,
};
use super::templates::Templates;

/// The SHA-256 digest of the code: it is in the template, so that other code is another
/// revision. A `ConfigMap` that changes is not.
pub(super) const DIGEST: &str = "functions-host/code-sha256";

const FILE: &str = "user_function.py";
const FOLDER: &str = "/app/src";
const VOLUME: &str = "code";
const MIN_SCALE: &str = "autoscaling.knative.dev/min-scale";
const MAX_SCALE: &str = "autoscaling.knative.dev/max-scale";

/// What is applied, in the order in which it is.
#[derive(Clone)]
pub struct Manifests {
    pub(super) config_map: Option<ConfigMap>,
    pub(super) service: Service,
}

impl Manifests {
    /// What has to be there for this to be deployed.
    #[must_use]
    pub fn new(deployment: &Deployment, templates: &Templates) -> Self {
        let name = deployment.name();
        let labels = labels(deployment);
        let mut template = template(deployment, templates, labels.clone());
        let config_map = match &deployment.what {
            What::Python { code, .. } => {
                let digest = BTreeMap::from([(DIGEST.to_owned(), code.digest())]);
                template.metadata.annotations.extend(digest.clone());
                let metadata = ObjectMeta {
                    name: Some(config_map(&name)),
                    namespace: Some(deployment.place.namespace().to_string()),
                    labels: Some(labels.clone()),
                    annotations: Some(digest),
                    ..ObjectMeta::default()
                };
                let data = BTreeMap::from([(FILE.to_owned(), code.text().to_owned())]);
                Some(ConfigMap {
                    metadata,
                    data: Some(data),
                    ..ConfigMap::default()
                })
            }
            What::Wasm { .. } | What::Server { .. } => None,
        };
        let service = Service {
            api_version: API_VERSION,
            kind: KIND,
            metadata: Meta {
                name: Some(name),
                namespace: Some(deployment.place.namespace().to_string()),
                uid: None,
                labels,
                annotations: BTreeMap::new(),
            },
            spec: Spec { template },
        };
        Self {
            config_map,
            service,
        }
    }

    /// A list that `kubectl apply` takes.
    #[must_use]
    pub fn json(&self) -> Value {
        let config_map = self.config_map.iter().map(Object::ConfigMap);
        let items: Vec<_> = config_map.chain([Object::Service(&self.service)]).collect();
        json!({"apiVersion": "v1", "kind": "List", "items": items})
    }

    /// The same as YAML, a document each.
    ///
    /// # Errors
    /// It cannot be written, which no manifest is known for.
    pub fn yaml(&self) -> Result<String, String> {
        let config_map = self.config_map.iter().map(Object::ConfigMap);
        let items: Vec<_> = config_map.chain([Object::Service(&self.service)]).collect();
        serde_saphyr::to_string_multiple(&items).map_err(|error| error.to_string())
    }
}

/// One of what is applied.
enum Object<'a> {
    ConfigMap(&'a ConfigMap),
    Service(&'a Service),
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::ConfigMap(config_map) => config_map.serialize(serializer),
            Self::Service(service) => service.serialize(serializer),
        }
    }
}

fn labels(deployment: &Deployment) -> BTreeMap<String, String> {
    let mut labels = deployment.place.labels(deployment.kind());
    if let What::Server { id, .. } = &deployment.what {
        labels.insert(DEPLOYMENT.to_owned(), id.to_string());
    }
    labels
}

fn template(
    deployment: &Deployment,
    templates: &Templates,
    labels: BTreeMap<String, String>,
) -> Template {
    let options = &deployment.options;
    let scale = [
        (MIN_SCALE, options.scale.min),
        (MAX_SCALE, options.scale.max),
    ];
    let scale = scale.into_iter();
    let scale = scale.filter_map(|(key, copies)| Some((key.to_owned(), copies?.to_string())));
    let pull_secret = options.image_pull_secret.iter();
    let pull_secret = pull_secret.map(|secret| Named {
        name: secret.as_str().to_owned(),
    });
    let mut template = Template {
        metadata: Meta {
            labels,
            annotations: scale.collect(),
            ..Meta::default()
        },
        spec: RevisionSpec {
            automount_service_account_token: false,
            container_concurrency: options.concurrency,
            containers: [container(deployment, templates)],
            enable_service_links: false,
            image_pull_secrets: pull_secret.collect(),
            runtime_class_name: None,
            timeout_seconds: options.timeout_seconds,
            tolerations: Vec::new(),
            volumes: Vec::new(),
        },
    };
    let (meta, spec) = (&mut template.metadata, &mut template.spec);
    match &deployment.what {
        What::Python { name, .. } => {
            spec.volumes.push(Volume {
                name: VOLUME,
                config_map: Named {
                    name: config_map(name.as_str()),
                },
            });
        }
        What::Wasm { .. } => {
            let annotations = templates.wasm_annotations.clone();
            meta.annotations.extend(annotations);
            spec.runtime_class_name = templates.wasm_runtime_class.clone();
            spec.tolerations = templates.wasm_tolerations.clone();
        }
        What::Server { .. } => {}
    }
    template
}

fn container(deployment: &Deployment, templates: &Templates) -> Container {
    let options = &deployment.options;
    match &deployment.what {
        What::Python { name, .. } => {
            let container = Container::new(templates.python_image.as_str(), options);
            let mut container = container.serving(name.as_str());
            container.volume_mounts.push(Mount {
                name: VOLUME,
                mount_path: FOLDER,
                read_only: true,
            });
            container
        }
        What::Wasm { image, .. } => {
            let mut container = Container::new(image.as_str(), options);
            container.command = templates.wasm_command.clone();
            container
        }
        What::Server { id, image } => Container::new(image.as_str(), options).serving(id.as_str()),
    }
}

#[cfg(test)]
mod tests;
