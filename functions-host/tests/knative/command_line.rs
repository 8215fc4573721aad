//! `functions-host deploy`, without waiting.

use std::process::Output;

use serde_json::json;

use crate::ground::{Ground, template};
use crate::server::command;

/// Runs it, with what is printed as text.
pub(crate) fn deploy(ground: &Ground, more: &[&str]) -> (bool, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    command
        .args([
            "deploy",
            "--image",
            "r.example.com/server:1",
            "--deployment-id",
            "7",
        ])
        .args([
            "--namespace",
            &ground.namespace,
            "--kube-timeout",
            "60",
            "--kubeconfig",
        ])
        .arg(&ground.kubeconfig)
        .args(more);
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.success(), text(stdout), text(stderr))
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_server_is_deployed_and_deployed_again() {
    let ground = Ground::new().await;
    let namespace = &ground.namespace;
    let (succeeded, said, complained) = deploy(&ground, &[]);
    assert!(succeeded, "{complained}");
    assert_eq!(said, format!("fx-7 in {namespace} is created\n"));
    let (succeeded, said, complained) = deploy(
        &ground,
        &[
            "--env",
            "A=1",
            "--env",
            "B=x=y",
            "--secret",
            "C=keys/c",
            "--min-scale",
            "1",
        ],
    );
    assert!(succeeded, "{complained}");
    assert_eq!(said, format!("fx-7 in {namespace} is configured\n"));
    let service = ground.service("fx-7").await;
    assert_eq!(service["metadata"]["labels"]["tenant-id"], "default");
    let annotations = &template(&service)["metadata"]["annotations"];
    assert_eq!(annotations["autoscaling.knative.dev/min-scale"], "1");
    let key = json!({"secretKeyRef": {"name": "keys", "key": "c"}});
    assert_eq!(
        template(&service)["spec"]["containers"][0]["env"],
        json!([
            {"name": "A", "value": "1"},
            {"name": "B", "value": "x=y"},
            {"name": "C", "valueFrom": key},
            {"name": "CRBR_DEPLOYMENT_ID", "value": "7"},
        ])
    );
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_server_of_another_tenant_stays() {
    let ground = Ground::new().await;
    assert!(deploy(&ground, &[]).0);
    let (succeeded, _, complained) = deploy(&ground, &["--default-tenant", "acme", "--force"]);
    assert!(!succeeded);
    assert!(
        complained.contains("'fx-7' in the namespace"),
        "{complained}"
    );
    assert_eq!(complained.lines().count(), 1, "{complained}");
}
