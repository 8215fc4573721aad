//! A host with the rights of its manifests, and with none.

use serde_json::json;

use crate::ground::{FUNCTIONS, Ground, SERVERS, delete, post, python};

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn the_rights_of_the_manifests_are_enough_where_they_are_bound() {
    let ground = Ground::new().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = ground.bound(folder.path()).await;
    let host = ground.host_as(&kubeconfig, &[]);
    post(&host, FUNCTIONS, &python("resize", "one"), 201);
    post(&host, FUNCTIONS, &python("resize", "two"), 201);
    assert_eq!(host.get(FUNCTIONS).status, 200);
    assert_eq!(host.get(&format!("{FUNCTIONS}/resize")).status, 200);
    assert_eq!(delete(&host, &format!("{FUNCTIONS}/resize")).status, 200);
    let server = json!({"deployment_id": "7", "image": "r.example.com/server:1"});
    post(&host, SERVERS, &server, 201);
    assert_eq!(delete(&host, &format!("{SERVERS}/7")).status, 200);
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn elsewhere_the_host_is_told_what_it_may_not() {
    let ground = Ground::new().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = ground.bound(folder.path()).await;
    let elsewhere = Ground::new().await;
    let host = elsewhere.host_as(&kubeconfig, &[]);
    let refused = post(&host, FUNCTIONS, &python("resize", "a_secret"), 403);
    let expected = format!(
        "this host may not get services of Knative in the namespace '{}'; its operator has to \
         let it, as deploy/host/base/rbac.yaml does",
        elsewhere.namespace
    );
    assert_eq!(refused.detail(), expected);
    assert_eq!(host.get(FUNCTIONS).status, 403);
    assert_eq!(delete(&host, &format!("{FUNCTIONS}/resize")).status, 403);
    assert!(
        elsewhere
            .services()
            .get_opt("resize")
            .await
            .unwrap()
            .is_none()
    );
    let log = host.end();
    assert!(
        log.contains("may not get") && !log.contains("a_secret"),
        "{log}"
    );
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_host_that_the_cluster_does_not_know_is_told_so() {
    let ground = Ground::new().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = ground.kubeconfig_of(folder.path(), "nobodys-token");
    let host = ground.host_as(&kubeconfig, &[]);
    let refused = post(&host, FUNCTIONS, &python("resize", "one"), 502);
    assert_eq!(
        refused.detail(),
        "the cluster does not know this host; what it shows for itself is not valid"
    );
    let log = host.end();
    assert!(!log.contains("nobodys-token"), "{log}");
}
