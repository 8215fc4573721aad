use serde_json::{Value, json};

use super::Manifests;
use crate::knative::{Code, Deployment, Options, Place, Scale, Templates, What};

fn templates() -> Templates {
    let annotation = ("module.wasm.image/variant", "compat-smart");
    let annotations = [annotation].map(|(key, value)| (key.to_owned(), value.to_owned()));
    Templates {
        python_image: "python:1".parse().unwrap(),
        wasm_annotations: annotations.into(),
        wasm_runtime_class: Some("wasmedge".to_owned()),
        wasm_tolerations: vec!["workload.gke.io/type=wasm:NoSchedule".parse().unwrap()],
        wasm_command: vec!["/main.wasm".to_owned()],
    }
}

fn manifests(what: What, options: Options) -> Manifests {
    let place = Place::new("acme-ns".parse().unwrap(), "acme".parse().unwrap()).unwrap();
    let deployment = Deployment {
        place,
        what,
        options,
    };
    Manifests::new(&deployment, &templates())
}

fn python(code: &str) -> Manifests {
    let what = What::Python {
        name: "resize".parse().unwrap(),
        code: Code::new(code.to_owned()).unwrap(),
    };
    manifests(what, Options::default())
}

fn server(options: Options) -> Manifests {
    let what = What::Server {
        id: "7".parse().unwrap(),
        image: "r.example.com/server@sha256:0".parse().unwrap(),
    };
    manifests(what, options)
}

fn container(manifests: &Manifests) -> Value {
    let list = manifests.json();
    let items = list["items"].as_array().unwrap();
    items.last().unwrap()["spec"]["template"]["spec"]["containers"][0].clone()
}

#[test]
fn code_is_a_config_map_and_a_service_that_mounts_it() {
    let list = python("def f(): pass").json();
    assert_eq!(
        (&list["apiVersion"], &list["kind"]),
        (&json!("v1"), &json!("List"))
    );
    let (code, service) = (&list["items"][0], &list["items"][1]);
    assert_eq!(
        (&code["apiVersion"], &code["kind"]),
        (&json!("v1"), &json!("ConfigMap"))
    );
    assert_eq!(code["metadata"]["name"], "resize-code");
    assert_eq!(code["data"], json!({"user_function.py": "def f(): pass"}));
    assert_eq!(service["apiVersion"], "serving.knative.dev/v1");
    assert_eq!(service["kind"], "Service");
    assert_eq!(service["metadata"]["name"], "resize");
    for object in [code, service] {
        assert_eq!(object["metadata"]["namespace"], "acme-ns");
        let labels = json!({
            "component": "python-function",
            "managed-by": "functions-host",
            "tenant-id": "acme",
        });
        assert_eq!(object["metadata"]["labels"], labels);
    }
    let spec = &service["spec"]["template"]["spec"];
    assert_eq!(
        spec["volumes"],
        json!([{"name": "code", "configMap": {"name": "resize-code"}}])
    );
    let container = &spec["containers"][0];
    assert_eq!(container["image"], "python:1");
    assert_eq!(
        container["env"],
        json!([{"name": "CRBR_DEPLOYMENT_ID", "value": "resize"}])
    );
    assert_eq!(
        container["volumeMounts"],
        json!([{"name": "code", "mountPath": "/app/src", "readOnly": true}])
    );
}

#[test]
fn other_code_is_another_revision_and_the_same_code_is_not() {
    let template = |code: &str| python(code).json()["items"][1]["spec"]["template"].clone();
    assert_eq!(template("a"), template("a"));
    assert_ne!(template("a"), template("b"));
}

#[test]
fn an_image_with_a_module_runs_where_such_images_run() {
    let what = What::Wasm {
        name: "resize".parse().unwrap(),
        image: "r.example.com/resize:1".parse().unwrap(),
    };
    let list = manifests(what, Options::default()).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let template = &list["items"][0]["spec"]["template"];
    assert_eq!(
        template["metadata"]["annotations"],
        json!({"module.wasm.image/variant": "compat-smart"})
    );
    let spec = &template["spec"];
    assert_eq!(spec["runtimeClassName"], "wasmedge");
    let toleration = json!({
        "effect": "NoSchedule",
        "key": "workload.gke.io/type",
        "operator": "Equal",
        "value": "wasm",
    });
    assert_eq!(spec["tolerations"], json!([toleration]));
    let container = &spec["containers"][0];
    assert_eq!(container["image"], "r.example.com/resize:1");
    assert_eq!(container["command"], json!(["/main.wasm"]));
}

#[test]
fn a_server_is_told_its_deployment_unless_somebody_says_another() {
    let list = server(Options::default()).json();
    let service = &list["items"][0];
    assert_eq!(service["metadata"]["name"], "fx-7");
    assert_eq!(service["metadata"]["labels"]["deployment-id"], "7");
    assert_eq!(
        service["metadata"]["labels"]["component"],
        "metatwin-function"
    );
    let told = |options| container(&server(options))["env"].clone();
    let id = |id: &str| json!([{"name": "CRBR_DEPLOYMENT_ID", "value": id}]);
    assert_eq!(told(Options::default()), id("7"));
    let mut options = Options::default();
    let name = "CRBR_DEPLOYMENT_ID".parse().unwrap();
    options.environment.insert(name, "other".to_owned());
    assert_eq!(told(options), id("other"));
}

#[test]
fn what_is_said_of_a_resource_stands_without_a_default_beside_it() {
    let mut options = Options::default();
    let amounts = |options: &Options| container(&server(options.clone()))["resources"].clone();
    assert_eq!(
        amounts(&options),
        json!({
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"cpu": "1", "memory": "512Mi"},
        })
    );
    options.resources.memory_limit = Some("64Mi".parse().unwrap());
    options.resources.cpu_request = Some("2".parse().unwrap());
    assert_eq!(
        amounts(&options),
        json!({"requests": {"cpu": "2"}, "limits": {"memory": "64Mi"}})
    );
}

#[test]
fn what_else_is_said_is_where_knative_looks_for_it() {
    let mut options = Options {
        scale: Scale {
            min: Some(1),
            max: Some(9),
        },
        concurrency: Some(0),
        timeout_seconds: Some(60),
        image_pull_secret: Some("registry".parse().unwrap()),
        ..Options::default()
    };
    let secret = "keys/password".parse().unwrap();
    options.secrets.insert("PASSWORD".parse().unwrap(), secret);
    let manifests = server(options);
    let list = manifests.json();
    let template = &list["items"][0]["spec"]["template"];
    assert_eq!(
        template["metadata"]["annotations"],
        json!({
            "autoscaling.knative.dev/min-scale": "1",
            "autoscaling.knative.dev/max-scale": "9",
        })
    );
    let spec = &template["spec"];
    assert_eq!(spec["containerConcurrency"], 0);
    assert_eq!(spec["timeoutSeconds"], 60);
    assert_eq!(spec["imagePullSecrets"], json!([{"name": "registry"}]));
    assert_eq!(spec["automountServiceAccountToken"], false);
    assert_eq!(
        container(&manifests)["env"][0],
        json!({
            "name": "PASSWORD",
            "valueFrom": {"secretKeyRef": {"name": "keys", "key": "password"}},
        })
    );
}

#[test]
fn what_is_written_as_yaml_is_the_same() {
    let mut options = Options::default();
    for (name, value) in [("A", "no"), ("B", "1e3"), ("C", "a: b\n#c\n"), ("D", "")] {
        options
            .environment
            .insert(name.parse().unwrap(), value.to_owned());
    }
    for manifests in [server(options), python("def f():\n    return 'ä'\n")] {
        let yaml = manifests.yaml().unwrap();
        // By another reader than that of the library which writes.
        let read = functions_tests::kubernetes::manifests(&yaml).unwrap();
        let list = manifests.json();
        let items = list["items"].as_array().unwrap();
        assert_eq!(&read, items, "{yaml}");
    }
}
