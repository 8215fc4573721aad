use serde_json::{Value, json};

use super::{Kind, read};

/// What is wrong: places and words.
fn faults(kind: Kind, body: &str) -> Vec<(String, String)> {
    let invalid = read(body.as_bytes(), kind).unwrap_err();
    let told = serde_json::to_value(&invalid).unwrap();
    assert!(!told.to_string().contains("hidden"), "{told}");
    let faults = told["detail"].as_array().unwrap().iter();
    let faults = faults.map(|fault| {
        let loc = fault["loc"].as_array().unwrap().iter();
        let loc: Vec<_> = loc.map(|part| part.as_str().unwrap()).collect();
        (loc.join("."), fault["msg"].as_str().unwrap().to_owned())
    });
    faults.collect()
}

fn places(kind: Kind, body: &Value) -> Vec<String> {
    let faults = faults(kind, &body.to_string()).into_iter();
    faults.map(|(place, _)| place).collect()
}

#[test]
fn two_keys_are_enough() {
    for (kind, body) in [
        (Kind::Python, json!({"function_name": "a", "code": "b"})),
        (Kind::Wasm, json!({"function_name": "a", "image_url": "b"})),
        (Kind::Server, json!({"deployment_id": "a", "image": "b"})),
    ] {
        let (_, options) = read(body.to_string().as_bytes(), kind).unwrap();
        assert_eq!(options, crate::knative::Options::default());
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let body = json!({
        "function_name": "My_Function",
        "environment": {"1A": "hidden"},
        "secrets": {"KEY": "hidden"},
        "resources": {"requests": {"cpu": "much"}},
        "scale": {"min": -1},
        "concurrency": 1001,
        "timeout_seconds": "hidden",
        "image_pull_secret": "a/hidden",
    });
    assert_eq!(
        places(Kind::Python, &body),
        [
            "body.function_name",
            "body.code",
            "body.scale",
            "body.environment.1A",
            "body.secrets.KEY",
            "body.resources.requests.cpu",
            "body.timeout_seconds",
            "body.image_pull_secret",
            "body.concurrency",
        ]
    );
}

#[test]
fn a_key_that_nobody_knows_is_told_with_the_one_that_was_meant() {
    let body = r#"{"function_name": "a", "code": "hidden", "enviroment": {}}"#;
    let told = faults(Kind::Python, body);
    let meant = "Unknown key; did you mean `environment`?";
    assert_eq!(told, [("body.enviroment".to_owned(), meant.to_owned())]);
    let body = json!({"function_name": "a", "image_url": "b", "code": "hidden"});
    assert_eq!(places(Kind::Wasm, &body), ["body.code"]);
}

#[test]
fn code_is_never_given_back() {
    for body in [
        r#""hidden""#,
        r#"["hidden"]"#,
        r#"{"function_name": "a", "code": ["hidden"]}"#,
        r#"{"function_name": "a", "code": "hidden"#,
        r#"{"function_name": "a", "code": 'hidden'}"#,
        r#"{"function_name": "A", "code": "hidden"}"#,
        r#"{"function_name": "a", "code": ""}"#,
    ] {
        assert!(!faults(Kind::Python, body).is_empty(), "{body}");
    }
    let long = json!({"function_name": "a", "code": "hidden".repeat(200_000)});
    assert_eq!(places(Kind::Python, &long), ["body.code"]);
}
