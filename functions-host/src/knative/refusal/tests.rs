use kube::core::Status;
use serde_json::{Value, json};

use super::meaning;
use crate::knative::call::Call;
use crate::knative::{ClusterError, Namespace};

fn namespace() -> Namespace {
    "acme".parse().unwrap()
}

fn status(code: u16, reason: &str, message: &str, details: Value) -> Status {
    let status = json!({
        "status": "Failure", "code": code, "reason": reason, "message": message,
        "details": details,
    });
    serde_json::from_value(status).unwrap()
}

fn of_service(status: &Status) -> ClusterError {
    meaning(&Call::service("patch", "resize", &namespace()), status)
}

fn of_code(status: &Status) -> ClusterError {
    meaning(&Call::code("patch", "resize-code", &namespace()), status)
}

#[test]
fn a_missing_right_a_quota_and_a_policy_are_told_apart() {
    let forbidden = |message: &str| of_service(&status(403, "Forbidden", message, json!({})));
    let right = forbidden(
        "services.serving.knative.dev \"resize\" is forbidden: User \"somebody\" cannot patch \
         resource \"services\" in API group \"serving.knative.dev\" in the namespace \"acme\"",
    );
    assert_eq!(
        right.to_string(),
        "this host may not patch services of Knative in the namespace 'acme'; its operator has \
         to let it, as deploy/host/base/rbac.yaml does"
    );
    let quota = forbidden("services \"a\" is forbidden: exceeded quota: few, requested: a=1");
    assert!(matches!(quota, ClusterError::Quota(_)), "{quota}");
    let policy = forbidden("admission webhook \"policy\" denied the request: not on Fridays");
    assert!(policy.to_string().contains("not on Fridays"), "{policy}");
}

#[test]
fn fields_of_others_are_named_with_their_managers_but_not_with_another_tenant() {
    let of = |manager: &str| {
        let message = format!("conflict with \"{manager}\" using serving.knative.dev/v1");
        let field = ".spec.template.spec.timeoutSeconds";
        let cause = json!({"reason": "FieldManagerConflict", "message": message, "field": field});
        of_service(&status(
            409,
            "Conflict",
            "1 conflict",
            json!({"causes": [cause]}),
        ))
    };
    assert_eq!(
        of("kubectl").to_string(),
        "others have set fields that would change: .spec.template.spec.timeoutSeconds by \
         kubectl; force takes them over"
    );
    let taken = of("functions-host:rival");
    assert!(matches!(taken, ClusterError::Taken { .. }), "{taken}");
    assert!(!taken.to_string().contains("rival"), "{taken}");
    let changed = of_service(&status(409, "Conflict", "uid differs", json!({})));
    assert!(matches!(changed, ClusterError::Changed(_)), "{changed}");
}

#[test]
fn what_is_missing_is_told() {
    let missing = |details: Value| of_service(&status(404, "NotFound", "not found", details));
    let namespace = missing(json!({"kind": "namespaces", "name": "acme"}));
    assert!(
        matches!(namespace, ClusterError::NoNamespace(_)),
        "{namespace}"
    );
    let knative = missing(json!({}));
    assert!(matches!(knative, ClusterError::NoKnative), "{knative}");
    let gone = missing(json!({"kind": "services", "name": "resize"}));
    assert!(matches!(gone, ClusterError::Changed(_)), "{gone}");
}

#[test]
fn trouble_of_the_cluster_may_pass_and_a_refusal_does_not() {
    for code in [429, 500, 503, 504] {
        let error = of_service(&status(code, "", "trouble", json!({})));
        assert!(error.may_pass(), "{error}");
    }
    for code in [400, 401, 403, 404, 409, 418, 422] {
        let error = of_service(&status(code, "", "no", json!({})));
        assert!(!error.may_pass(), "{error}");
    }
}

#[test]
fn what_is_said_of_code_is_told_without_its_words() {
    let cause = json!({
        "reason": "FieldValueInvalid", "field": "data", "message": "Invalid value: \"hidden\"",
    });
    for (code, details) in [
        (400, json!({})),
        (403, json!({})),
        (422, json!({})),
        (422, json!({"causes": [cause]})),
        (500, json!({})),
        (418, json!({})),
    ] {
        let status = status(code, "", "data is wrong: hidden", details);
        let error = of_code(&status);
        let told = format!("{error} {error:?}");
        assert!(!told.contains("hidden"), "{told}");
        let error = of_service(&status);
        assert!(error.to_string().contains("hidden"), "{error}");
    }
}
