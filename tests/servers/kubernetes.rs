//! An API server of Kubernetes, shared by the tests.

use functions_tests::kubernetes::{client, lent_kubeconfig};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, PostParams};
use kube::{Client, Error};
use serde_json::{Value, json};

async fn services() -> Api<DynamicObject> {
    let client: Client = client(&lent_kubeconfig()).await.unwrap();
    let kind = GroupVersionKind::gvk("serving.knative.dev", "v1", "Service");
    Api::namespaced_with(client, "default", &ApiResource::from_gvk(&kind))
}

fn service(concurrency: Value) -> DynamicObject {
    let spec = json!({"containers": [{"image": "a"}], "containerConcurrency": concurrency});
    let service = json!({
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": format!("servers-{}", std::process::id())},
        "spec": {"template": {"spec": spec}},
    });
    serde_json::from_value(service).unwrap()
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn it_takes_services_of_knative_and_nothing_that_is_none() {
    let services = services().await;
    let asked = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    services.create(&asked, &service(json!(7))).await.unwrap();
    let refused = services.create(&asked, &service(json!("7"))).await;
    let Err(Error::Api(status)) = refused else {
        panic!("{refused:?}");
    };
    assert!(status.is_invalid(), "{status:?}");
    assert!(
        status.message.contains("containerConcurrency"),
        "{status:?}"
    );
}
