//! A place of one test's own on a cluster: a namespace.

use std::path::{Path, PathBuf};

use functions_tests::kubernetes::{client, lent_kubeconfig};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{
    Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams,
};
use kube::{Client, Resource as _};
use serde_json::{Value, json};

use crate::http::{Answer, send};
use crate::server::Server;

pub(crate) const FUNCTIONS: &str = "/api/v1/functions";
pub(crate) const WASM_FUNCTIONS: &str = "/api/v1/wasm-functions";
pub(crate) const SERVERS: &str = "/api/v1/function-servers";

pub(crate) struct Ground {
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) kubeconfig: PathBuf,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        let kubeconfig = lent_kubeconfig();
        let client = client(&kubeconfig).await.unwrap();
        let namespace = format!("scenario-{}", uuid::Uuid::now_v7().simple());
        let ground = Self {
            client,
            namespace,
            kubeconfig,
        };
        ground.make_namespace(&ground.namespace).await;
        ground
    }

    pub(crate) async fn make_namespace(&self, name: &str) {
        let mut namespace = Namespace::default();
        namespace.meta_mut().name = Some(name.to_owned());
        // What a policy can be bound to.
        let labels = [("scenario".to_owned(), name.to_owned())];
        namespace.meta_mut().labels = Some(labels.into());
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        namespaces
            .create(&PostParams::default(), &namespace)
            .await
            .unwrap();
    }

    /// A host whose tenants all have this namespace.
    pub(crate) fn host(&self, more: &[&str]) -> Server {
        self.host_as(&self.kubeconfig, more)
    }

    /// The same, as whoever a kubeconfig says.
    pub(crate) fn host_as(&self, kubeconfig: &Path, more: &[&str]) -> Server {
        let own = [
            "--kubeconfig",
            kubeconfig.to_str().unwrap(),
            "--tenant-namespace",
            &self.namespace,
            "--server-namespace",
            &self.namespace,
            "--kube-timeout",
            "60",
        ];
        Server::with(&[&own, more].concat())
    }

    pub(crate) fn services(&self) -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk("serving.knative.dev", "v1", "Service");
        let resource = ApiResource::from_gvk(&kind);
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
    }

    pub(crate) fn config_maps(&self) -> Api<ConfigMap> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// A Service as it is on the cluster.
    pub(crate) async fn service(&self, name: &str) -> Value {
        let service = self.services().get(name).await.unwrap();
        serde_json::to_value(service).unwrap()
    }

    /// The code of a function as it is on the cluster.
    pub(crate) async fn code(&self, function: &str) -> String {
        let code = self.config_maps().get(&format!("{function}-code")).await;
        code.unwrap().data.unwrap()["user_function.py"].clone()
    }

    /// Says of a Service what Knative would, of what it is now.
    pub(crate) async fn say(&self, name: &str, ready: &str, reason: &str) {
        let service = self.service(name).await;
        let generation = service["metadata"]["generation"].as_i64().unwrap();
        let revision = format!("{name}-{generation:05}");
        let mut status = json!({
            "observedGeneration": generation,
            "latestCreatedRevisionName": revision,
            "url": format!("http://{name}.example.com"),
            "conditions": [{
                "type": "Ready",
                "status": ready,
                "reason": reason,
                "message": "said by a test",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }],
        });
        if ready == "True" {
            status["latestReadyRevisionName"] = revision.into();
        }
        let patch = Patch::Merge(json!({"status": status}));
        let said = self.services();
        said.patch_status(name, &PatchParams::default(), &patch)
            .await
            .unwrap();
    }
}

/// Asks a host for something, and shows what it answered where that is something else.
pub(crate) fn post(host: &Server, path: &str, body: &Value, status: u16) -> Answer {
    let answer = host.post(path, body.to_string().as_bytes());
    assert_eq!(answer.status, status, "{answer:?}");
    answer
}

pub(crate) fn delete(host: &Server, path: &str) -> Answer {
    send(host.address, "DELETE", path, &[], b"")
}

pub(crate) fn python(name: &str, code: &str) -> Value {
    json!({"function_name": name, "code": code})
}

/// What a deployment of a Service is made of that a test does not look at.
pub(crate) fn template(service: &Value) -> &Value {
    &service["spec"]["template"]
}
