//! What is on the cluster after a deployment, and after the next one.

use serde_json::{Value, json};

use crate::ground::{FUNCTIONS, Ground, SERVERS, WASM_FUNCTIONS, post, python, template};

/// The manager of the fields that somebody set.
fn managers(object: &Value) -> Vec<(&str, &str)> {
    let managed = object["metadata"]["managedFields"].as_array().unwrap();
    managed
        .iter()
        .map(|entry| {
            let operation = entry["operation"].as_str().unwrap();
            (entry["manager"].as_str().unwrap(), operation)
        })
        .collect()
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn code_is_a_config_map_and_a_service_on_the_cluster() {
    let ground = Ground::new().await;
    let host = ground.host(&["--python-image", "r.example.com/python:1"]);
    let answer = post(&host, FUNCTIONS, &python("resize", "def f(): pass"), 201);
    let told = answer.json();
    assert_eq!(told["message"], "Function deployment initiated.");
    assert_eq!(
        (&told["created"], &told["ready"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(told["reason"], "Knative has not looked at it yet");
    assert_eq!(answer.header("location"), Some("/api/v1/functions/resize"));

    assert_eq!(ground.code("resize").await, "def f(): pass");
    let service = ground.service("resize").await;
    assert_eq!(managers(&service), [("functions-host:default", "Apply")]);
    let spec = &template(&service)["spec"];
    assert_eq!(spec["containers"][0]["image"], "r.example.com/python:1");
    assert_eq!(
        spec["containers"][0]["volumeMounts"][0]["mountPath"],
        "/app/src"
    );
    assert_eq!(spec["volumes"][0]["configMap"]["name"], "resize-code");
    // It has taken all that was sent: nothing of it is unknown to Knative.
    let dry = post(
        &host,
        &format!("{FUNCTIONS}?dry_run=true"),
        &python("resize", "def f(): pass"),
        200,
    );
    let sent = dry.json()["items"][1]["spec"]["template"]["spec"].clone();
    for (key, value) in sent.as_object().unwrap() {
        assert_eq!(&spec[key], value, "{key}");
    }
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn the_same_again_changes_nothing_and_other_code_is_another_revision() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    post(&host, FUNCTIONS, &python("resize", "one"), 201);
    let first = ground.service("resize").await;
    let again = post(&host, FUNCTIONS, &python("resize", "one"), 201).json();
    assert_eq!(again["created"], false);
    let second = ground.service("resize").await;
    assert_eq!(
        second["metadata"]["generation"],
        first["metadata"]["generation"]
    );

    let changed = post(&host, FUNCTIONS, &python("resize", "two"), 201).json();
    assert_ne!(changed["code_sha256"], again["code_sha256"]);
    assert_eq!(ground.code("resize").await, "two");
    let third = ground.service("resize").await;
    assert_eq!(third["metadata"]["generation"], 2);
    assert_ne!(template(&third), template(&first));
    assert_eq!(third["metadata"]["uid"], first["metadata"]["uid"]);
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn what_is_no_longer_said_is_taken_away() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    let with = json!({
        "function_name": "resize", "image_url": "r.example.com/resize:1",
        "environment": {"LANG": "de"}, "secrets": {"KEY": "keys/api"},
        "scale": {"min": 1, "max": 3}, "concurrency": 5, "timeout_seconds": 60,
        "image_pull_secret": "registry",
        "resources": {"limits": {"memory": "64Mi"}},
    });
    let told = post(&host, WASM_FUNCTIONS, &with, 201).json();
    assert_eq!(told["message"], "WASM function deployment initiated.");
    let before = ground.service("resize").await;
    let spec = &template(&before)["spec"];
    assert_eq!(spec["runtimeClassName"], "wasmedge");
    assert_eq!(spec["tolerations"][0]["key"], "workload.gke.io/type");
    assert_eq!(spec["containers"][0]["command"], json!(["/main.wasm"]));
    assert_eq!(spec["timeoutSeconds"], 60);
    assert_eq!(
        spec["containers"][0]["resources"]["limits"],
        json!({"cpu": "1", "memory": "64Mi"})
    );

    let without = json!({"function_name": "resize", "image_url": "r.example.com/resize:2"});
    post(&host, WASM_FUNCTIONS, &without, 201);
    let after = ground.service("resize").await;
    let spec = &template(&after)["spec"];
    let annotations = &template(&after)["metadata"]["annotations"];
    assert_eq!(
        annotations,
        &json!({"module.wasm.image/variant": "compat-smart"})
    );
    for key in ["timeoutSeconds", "containerConcurrency", "imagePullSecrets"] {
        assert_eq!(spec[key], Value::Null, "{key}");
    }
    assert_eq!(spec["containers"][0]["env"], Value::Null);
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_function_server_is_called_by_its_deployment() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    let body = json!({"deployment_id": "7", "image": "r.example.com/server:1"});
    let answer = post(&host, SERVERS, &body, 201);
    assert_eq!(
        answer.header("location"),
        Some("/api/v1/function-servers/7")
    );
    assert_eq!(answer.json()["deployment_id"], "7");
    let service = ground.service("fx-7").await;
    let labels = &service["metadata"]["labels"];
    assert_eq!(labels["deployment-id"], "7");
    assert_eq!(labels["component"], "metatwin-function");
    assert_eq!(labels["managed-by"], "functions-host");
    assert_eq!(&template(&service)["metadata"]["labels"], labels);
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn neither_code_nor_values_are_logged() {
    let ground = Ground::new().await;
    let host = ground.host(&["--log-level", "DEBUG", "--http-log-level", "DEBUG"]);
    let mut body = python("resize", "a_secret_of_code = 1");
    body["environment"] = json!({"KEY": "a_secret_value"});
    let answer = post(&host, FUNCTIONS, &body, 201);
    assert!(!answer.text().contains("a_secret"), "{answer:?}");
    post(
        &host,
        FUNCTIONS,
        &json!({"function_name": "resize", "code": ["a_secret"]}),
        422,
    );
    let log = host.end();
    assert!(log.contains("A function was deployed"), "{log}");
    assert!(!log.contains("a_secret"), "{log}");
}
