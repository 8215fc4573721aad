//! Fields and objects of others.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ObjectMeta, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::ground::{FUNCTIONS, Ground, WASM_FUNCTIONS, post, python, template};

fn timed(seconds: u32) -> Value {
    json!({
        "function_name": "resize",
        "image_url": "r.example.com/resize:1",
        "timeout_seconds": seconds,
    })
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_field_of_somebody_else_is_named_and_is_taken_over_where_that_is_said() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    post(&host, WASM_FUNCTIONS, &timed(60), 201);
    let other = json!({
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "spec": {"template": {"spec": {
            "timeoutSeconds": 10,
            "containers": template(&ground.service("resize").await)["spec"]["containers"].clone(),
        }}},
    });
    let params = PatchParams::apply("operator").force();
    let services = ground.services();
    services
        .patch("resize", &params, &Patch::Apply(&other))
        .await
        .unwrap();

    let conflict = post(&host, WASM_FUNCTIONS, &timed(60), 409).detail();
    assert_eq!(
        conflict,
        "others have set fields that would change: .spec.template.spec.timeoutSeconds by \
         operator; force takes them over"
    );
    let kept = ground.service("resize").await;
    assert_eq!(template(&kept)["spec"]["timeoutSeconds"], 10);
    // What both want is nobody's conflict.
    post(&host, WASM_FUNCTIONS, &timed(10), 201);

    let forced = format!("{WASM_FUNCTIONS}?force=true");
    post(&host, &forced, &timed(60), 201);
    let taken = ground.service("resize").await;
    assert_eq!(template(&taken)["spec"]["timeoutSeconds"], 60);
    post(&host, WASM_FUNCTIONS, &timed(30), 201);
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn an_object_that_was_not_made_here_stays_whoever_forces() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    let foreign = ConfigMap {
        metadata: ObjectMeta {
            name: Some("resize-code".to_owned()),
            ..ObjectMeta::default()
        },
        data: Some([("kept".to_owned(), "as it is".to_owned())].into()),
        ..ConfigMap::default()
    };
    let config_maps = ground.config_maps();
    config_maps
        .create(&PostParams::default(), &foreign)
        .await
        .unwrap();
    for path in [FUNCTIONS.to_owned(), format!("{FUNCTIONS}?force=true")] {
        let taken = post(&host, &path, &python("resize", "code"), 409).detail();
        assert!(taken.contains("'resize-code'"), "{taken}");
    }
    let kept = config_maps.get("resize-code").await.unwrap();
    assert_eq!(kept.data, foreign.data);
    assert!(ground.services().get_opt("resize").await.unwrap().is_none());
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_name_of_one_kind_is_not_one_of_another() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    post(&host, WASM_FUNCTIONS, &timed(60), 201);
    let path = format!("{FUNCTIONS}?force=true");
    let taken = post(&host, &path, &python("resize", "code"), 409).detail();
    assert!(taken.contains("is not of this kind"), "{taken}");
    let code = ground.config_maps().get_opt("resize-code").await.unwrap();
    assert!(code.is_none());
}
