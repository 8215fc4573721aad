//! The manifests of this repository, put together and handed to a cluster, which looks at
//! each and keeps none.

use std::path::{Path, PathBuf};
use std::process::Command;

use functions_tests::kubernetes::manifests;
use kube::api::{PatchParams, ValidationDirective};
use serde_json::Value;

use crate::ground::Ground;

/// The kinds that are of no namespace.
const WIDE: [&str; 2] = ["ClusterRole", "Namespace"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What is applied of a folder.
fn built(folder: &str) -> Vec<Value> {
    let program = std::env::var("FUNCTIONS_TEST_KUSTOMIZE");
    let program = program.expect("`cargo xtask test` finds kustomize");
    let built = Command::new(program)
        .arg("build")
        .arg(root().join(folder))
        .output();
    let built = built.unwrap();
    assert!(built.status.success(), "{built:?}");
    manifests(&String::from_utf8(built.stdout).unwrap()).unwrap()
}

/// Has a cluster look at these.
async fn look_at(ground: &Ground, all: Vec<Value>) {
    let params = PatchParams {
        dry_run: true,
        field_validation: Some(ValidationDirective::Strict),
        ..PatchParams::apply("scenario")
    };
    for mut manifest in all {
        let kind = manifest["kind"].as_str().unwrap();
        if !WIDE.contains(&kind) {
            manifest["metadata"]["namespace"] = ground.namespace.clone().into();
        }
        ground.apply(&manifest, &params).await;
    }
}

fn kinds(manifests: &[Value]) -> Vec<&str> {
    let kinds = manifests.iter().map(|manifest| &manifest["kind"]);
    let mut kinds: Vec<_> = kinds.filter_map(Value::as_str).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_cluster_takes_a_host_for_a_desk() {
    let built = built("deploy/host/desk");
    assert!(kinds(&built).contains(&"PersistentVolumeClaim"));
    look_at(&Ground::new().await, built).await;
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_cluster_takes_hosts_for_production() {
    let built = built("deploy/host/production");
    let kinds = kinds(&built);
    for kind in [
        "Deployment",
        "HorizontalPodAutoscaler",
        "NetworkPolicy",
        "PodDisruptionBudget",
    ] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    look_at(&Ground::new().await, built).await;
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_cluster_takes_function_servers_of_both_languages() {
    let ground = Ground::new().await;
    look_at(&ground, built("deploy/function-server")).await;
    for file in ["examples/service.yaml", "python-runtime/service.yaml"] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        look_at(&ground, manifests(&text).unwrap()).await;
    }
}
