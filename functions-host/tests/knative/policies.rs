//! What a cluster refuses for reasons of its own.

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use k8s_openapi::api::core::v1::ResourceQuota;
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::ground::{FUNCTIONS, Ground, WASM_FUNCTIONS, post, python};
use crate::soon::soon;

const SERVICES: (&str, &str) = ("serving.knative.dev", "services");
const CONFIG_MAPS: (&str, &str) = ("", "configmaps");

impl Ground {
    /// Has a rule count for objects of this namespace, and for no others.
    async fn rule(&self, (group, resource): (&str, &str), rule: Value) {
        let name = format!("{}-{resource}", self.namespace);
        let policy = json!({
            "metadata": {"name": name},
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {"resourceRules": [{
                    "apiGroups": [group], "apiVersions": ["v1"], "resources": [resource],
                    "operations": ["CREATE", "UPDATE"],
                }]},
                "validations": [rule],
            },
        });
        let policy: ValidatingAdmissionPolicy = serde_json::from_value(policy).unwrap();
        let policies: Api<ValidatingAdmissionPolicy> = Api::all(self.client.clone());
        policies
            .create(&PostParams::default(), &policy)
            .await
            .unwrap();
        let binding = json!({
            "metadata": {"name": name},
            "spec": {
                "policyName": name,
                "validationActions": ["Deny"],
                "matchResources": {"namespaceSelector": {
                    "matchLabels": {"scenario": self.namespace},
                }},
            },
        });
        let binding: ValidatingAdmissionPolicyBinding = serde_json::from_value(binding).unwrap();
        let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(self.client.clone());
        bindings
            .create(&PostParams::default(), &binding)
            .await
            .unwrap();
    }
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn what_the_cluster_finds_invalid_is_told_as_what_is_malformed() {
    let ground = Ground::new().await;
    let rule = json!({
        "expression": "object.spec.template.spec.containers[0].image.startsWith('ours/')",
        "message": "only our images",
    });
    ground.rule(SERVICES, rule).await;
    let host = ground.host(&[]);
    let image = |name: &str, image: &str| json!({"function_name": name, "image_url": image});
    // A rule counts moments after it was made, and for each who asks in turn.
    let refused = soon("the rule counts", async || {
        let body = image("resize", "others/a:1").to_string();
        let answer = host.post(WASM_FUNCTIONS, body.as_bytes());
        (answer.status != 201).then_some(answer)
    })
    .await;
    assert_eq!(refused.status, 422, "{refused:?}");
    let fault = &refused.json()["detail"][0];
    assert_eq!(fault["loc"][0], "body");
    assert!(
        fault["msg"].as_str().unwrap().contains("only our images"),
        "{fault}"
    );
    post(&host, WASM_FUNCTIONS, &image("other", "ours/a:1"), 201);
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_policy_that_says_the_code_again_is_told_without_it() {
    let ground = Ground::new().await;
    for (reason, status) in [("Invalid", 422), ("Forbidden", 403)] {
        let ground = match reason {
            "Invalid" => &ground,
            _ => &Ground::new().await,
        };
        let rule = json!({
            "expression": "!object.data['user_function.py'].contains('a_secret')",
            "messageExpression": "'no: ' + object.data['user_function.py']",
            "reason": reason,
        });
        ground.rule(CONFIG_MAPS, rule).await;
        let host = ground.host(&["--log-level", "DEBUG"]);
        let refused = soon("the rule counts", async || {
            let body = python("resize", "a_secret").to_string();
            let answer = host.post(FUNCTIONS, body.as_bytes());
            (answer.status != 201).then_some(answer)
        })
        .await;
        assert_eq!(refused.status, status, "{refused:?}");
        assert!(!refused.text().contains("a_secret"), "{refused:?}");
        let log = host.end();
        assert!(!log.contains("a_secret"), "{log}");
    }
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_namespace_that_is_full_is_told() {
    let ground = Ground::new().await;
    let hard = json!({"count/services.serving.knative.dev": "0"});
    let quota = json!({"metadata": {"name": "few"}, "spec": {"hard": hard}});
    let quota: ResourceQuota = serde_json::from_value(quota).unwrap();
    let quotas: Api<ResourceQuota> = Api::namespaced(ground.client.clone(), &ground.namespace);
    quotas.create(&PostParams::default(), &quota).await.unwrap();
    // What the controller of quotas says, of which there is none.
    let used = json!({"status": {"hard": hard, "used": hard}});
    let params = PatchParams::default();
    quotas
        .patch_status("few", &params, &Patch::Merge(&used))
        .await
        .unwrap();

    let host = ground.host(&[]);
    // Only what is new is counted, and a quota counts moments after it was made.
    let mut number = 0;
    let refused = soon("the quota counts", async || {
        number += 1;
        let name = format!("resize-{number}");
        let body = json!({"function_name": name, "image_url": "r.example.com/a:1"});
        let answer = host.post(WASM_FUNCTIONS, body.to_string().as_bytes());
        (answer.status != 201).then_some(answer)
    })
    .await;
    assert_eq!(refused.status, 403, "{refused:?}");
    let detail = refused.detail();
    assert!(
        detail.starts_with("the namespace has no room for it: "),
        "{detail}"
    );
    assert!(detail.contains("exceeded quota: few"), "{detail}");
}
