//! A host as the manifests of this repository have it: with no more rights than it needs.

use std::path::{Path, PathBuf};

use functions_tests::kubernetes::manifests;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams, PostParams, TypeMeta};
use kube::config::Kubeconfig;
use serde_json::Value;

use crate::ground::Ground;

const MANIFESTS: &str = include_str!("../../../deploy/host/base/rbac.yaml");

impl Ground {
    /// A kubeconfig, in a folder, for the service account of a host that may deploy into
    /// the namespace of this ground.
    pub(crate) async fn bound(&self, folder: &Path) -> PathBuf {
        let account = format!("host-of-{}", self.namespace);
        let text = MANIFESTS
            .replace("functions-host", &account)
            .replace("cerebro-functions", &self.namespace);
        for manifest in manifests(&text).unwrap() {
            let params = PatchParams::apply("scenario").force();
            self.apply(&manifest, &params).await;
        }
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), &account);
        let request = TokenRequest {
            spec: TokenRequestSpec {
                audiences: Vec::new(),
                ..TokenRequestSpec::default()
            },
            ..TokenRequest::default()
        };
        let params = PostParams::default();
        let token = accounts.create_token_request(&account, &params, &request);
        let token = token.await.unwrap().status.unwrap().token;
        self.kubeconfig_of(folder, &token)
    }

    /// A kubeconfig for whoever shows this token.
    pub(crate) fn kubeconfig_of(&self, folder: &Path, token: &str) -> PathBuf {
        let kubeconfig = Kubeconfig::read_from(&self.kubeconfig).unwrap();
        let mut kubeconfig = serde_json::to_value(kubeconfig).unwrap();
        for user in kubeconfig["users"].as_array_mut().unwrap() {
            user["user"] = serde_json::json!({"token": token});
        }
        let path = folder.join("kubeconfig-of-host");
        std::fs::write(&path, kubeconfig.to_string()).unwrap();
        path
    }

    /// Applies a manifest, which names its namespace where it is of one.
    pub(crate) async fn apply(&self, manifest: &Value, params: &PatchParams) {
        let types: TypeMeta = serde_json::from_value(manifest.clone()).unwrap();
        let resource = ApiResource::from_gvk(&(&types).try_into().unwrap());
        let namespace = manifest["metadata"]["namespace"].as_str();
        let objects: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        };
        let name = manifest["metadata"]["name"].as_str().unwrap();
        let applied = objects.patch(name, params, &Patch::Apply(manifest)).await;
        applied.unwrap_or_else(|error| panic!("{error}: {manifest}"));
    }
}
