//! Functions for a cluster, where there is none, or one that does not answer.

use std::net::TcpListener;
use std::process::Output;

use serde_json::{Value, json};

use crate::http::{Answer, send};
use crate::server::{Server, command};

const FUNCTIONS: &str = "/api/v1/functions";
const WASM_FUNCTIONS: &str = "/api/v1/wasm-functions";
const SERVERS: &str = "/api/v1/function-servers";

fn code() -> Value {
    json!({"function_name": "resize", "code": "a_secret_of_code = 1"})
}

fn image() -> Value {
    json!({"function_name": "resize", "image_url": "r.example.com/resize:1"})
}

fn server_image() -> Value {
    json!({"deployment_id": "7", "image": "r.example.com/server:1"})
}

fn post(host: &Server, path: &str, body: &Value) -> Answer {
    host.post(path, body.to_string().as_bytes())
}

/// A kubeconfig for what is at this port of the loopback address.
fn kubeconfig(port: u16) -> String {
    let kubeconfig = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "a", "cluster": {"server": format!("https://127.0.0.1:{port}")}}],
        "users": [{"name": "a", "user": {"token": "a-token"}}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "current-context": "a",
    });
    kubeconfig.to_string()
}

/// A host with a cluster at this port, for which it waits so many seconds.
fn host_of(port: u16, seconds: &str) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    std::fs::write(&path, kubeconfig(port)).unwrap();
    let path = path.to_str().unwrap();
    let flags = ["--kubeconfig", path, "--kube-timeout", seconds];
    (Server::with(&flags), folder)
}

#[test]
fn without_a_cluster_a_host_starts_and_says_what_is_to_be_set() {
    let host = Server::start();
    assert_eq!(host.get("/ready").status, 200);
    let missing = "this host has no cluster: set KUBECONFIG to the path of a kubeconfig file, \
                   or run the host in a cluster with a service account";
    for answer in [
        post(&host, FUNCTIONS, &code()),
        post(&host, WASM_FUNCTIONS, &image()),
        post(&host, SERVERS, &server_image()),
        host.get(FUNCTIONS),
        host.get(SERVERS),
        host.get(&format!("{FUNCTIONS}/resize")),
        send(host.address, "DELETE", &format!("{SERVERS}/7"), &[], b""),
    ] {
        assert_eq!(
            (answer.status, &*answer.detail()),
            (503, missing),
            "{answer:?}"
        );
    }
}

#[test]
fn what_would_be_applied_is_told_without_a_cluster() {
    let host = Server::with(&["--trust-gateway", "--tenant-namespace", "f-{tenant}"]);
    let told = |path: &str, body: &Value| {
        let path = format!("{path}?dry_run=true");
        let answer = host.post_as("acme", &path, body.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["items"].clone()
    };
    let objects = told(FUNCTIONS, &code());
    let names = |objects: &Value| {
        let objects = objects.as_array().unwrap().iter();
        let names = objects.map(|object| {
            let meta = &object["metadata"];
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let kind = text(&object["kind"]);
            format!(
                "{kind} {}/{}",
                text(&meta["namespace"]),
                text(&meta["name"])
            )
        });
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        names(&objects),
        ["ConfigMap f-acme/resize-code", "Service f-acme/resize"]
    );
    assert_eq!(
        objects[0]["data"]["user_function.py"],
        "a_secret_of_code = 1"
    );
    let objects = told(WASM_FUNCTIONS, &image());
    assert_eq!(names(&objects), ["Service f-acme/resize"]);
    let objects = told(SERVERS, &server_image());
    assert_eq!(names(&objects), ["Service cerebro-functions/fx-7"]);
    for said in ["dry_run=maybe", "dry_run", "dry_run=true&force=1"] {
        let path = format!("{FUNCTIONS}?{said}");
        let refused = host.post_as("acme", &path, code().to_string().as_bytes());
        assert!(refused.loc().starts_with("query."), "{refused:?}");
    }
}

#[test]
fn a_tenant_without_a_namespace_deploys_nothing() {
    let host = Server::with(&["--trust-gateway"]);
    let body = code().to_string();
    for tenant in ["kube-system", "Acme", "a.b"] {
        let path = format!("{FUNCTIONS}?dry_run=true");
        let refused = host.post_as(tenant, &path, body.as_bytes());
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.detail().contains(tenant), "{refused:?}");
    }
}

#[test]
fn what_is_malformed_is_told_before_a_cluster_is_asked_and_code_is_not_given_back() {
    let host = Server::with(&["--log-level", "DEBUG"]);
    for (body, place) in [
        (json!({"code": "a_secret"}), "body.function_name"),
        (
            json!({"function_name": "My_Function", "code": "a_secret"}),
            "body.function_name",
        ),
        (
            json!({"function_name": "a", "code": ["a_secret"]}),
            "body.code",
        ),
        (
            json!({"function_name": "a", "code": "a_secret", "namespace": "b"}),
            "body.namespace",
        ),
        (json!("a_secret"), "body"),
    ] {
        let refused = post(&host, FUNCTIONS, &body);
        assert_eq!(refused.loc(), place);
        assert!(!refused.text().contains("a_secret"), "{refused:?}");
    }
    let log = host.end();
    assert!(!log.contains("a_secret"), "{log}");
}

#[test]
fn a_cluster_where_nobody_listens_is_told_to_be_away() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let (host, _folder) = host_of(port, "60");
    let away = post(&host, FUNCTIONS, &code());
    assert_eq!(away.status, 503, "{away:?}");
    assert_eq!(away.header("retry-after"), Some("1"));
    assert_eq!(away.detail(), "The cluster does not answer; try again");
    let log = host.end();
    assert!(log.contains("cannot be reached"), "{log}");
    assert!(
        !log.contains("a_secret") && !log.contains("a-token"),
        "{log}"
    );
}

#[test]
fn a_cluster_that_says_nothing_is_waited_for_no_longer_than_is_set() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (host, _folder) = host_of(silent.local_addr().unwrap().port(), "0.5");
    let late = post(&host, FUNCTIONS, &code());
    assert_eq!(late.status, 504, "{late:?}");
    assert_eq!(late.detail(), "the cluster has not answered within 500ms");
    // The rest of the host has not waited with it.
    assert_eq!(host.get("/ready").status, 200);
}

#[test]
fn a_kubeconfig_that_cannot_be_used_is_told_in_the_log_and_not_to_callers() {
    let host = Server::with(&["--kubeconfig", "not-there.yaml"]);
    let refused = post(&host, FUNCTIONS, &code());
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.detail().contains("KUBECONFIG"), "{refused:?}");
    assert!(!refused.detail().contains("not-there"), "{refused:?}");
    let log = host.end();
    assert!(log.contains("not-there.yaml"), "{log}");
}

fn deploy(arguments: &[&str]) -> (bool, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    command
        .args(["deploy", "--deployment-id", "7"])
        .args(arguments);
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.success(), text(stdout), text(stderr))
}

#[test]
fn the_command_prints_what_it_would_apply() {
    let (succeeded, said, complained) = deploy(&[
        "--image=r.example.com/server:1",
        "--dry-run",
        "--env=LANG=no",
        "--secret=CRBR_RABBITMQ_PASSWORD=rabbitmq/password",
        "--cpu-limit=2",
        "--max-scale=3",
    ]);
    assert!(succeeded, "{complained}");
    assert_eq!(complained, "");
    assert_eq!(
        said,
        "\
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: fx-7
  namespace: cerebro-functions
  labels:
    component: metatwin-function
    deployment-id: \"7\"
    managed-by: functions-host
    tenant-id: default
spec:
  template:
    metadata:
      labels:
        component: metatwin-function
        deployment-id: \"7\"
        managed-by: functions-host
        tenant-id: default
      annotations:
        autoscaling.knative.dev/max-scale: \"3\"
    spec:
      automountServiceAccountToken: false
      containers:
      - name: function
        image: r.example.com/server:1
        env:
        - name: LANG
          value: \"no\"
        - name: CRBR_RABBITMQ_PASSWORD
          valueFrom:
            secretKeyRef:
              name: rabbitmq
              key: password
        - name: CRBR_DEPLOYMENT_ID
          value: \"7\"
        resources:
          requests:
            memory: 128Mi
          limits:
            cpu: \"2\"
            memory: 512Mi
        readinessProbe:
          httpGet:
            path: /ready
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop:
            - ALL
          runAsNonRoot: true
          seccompProfile:
            type: RuntimeDefault
        terminationMessagePolicy: FallbackToLogsOnError
      enableServiceLinks: false
"
    );
}

#[test]
fn the_command_says_in_a_line_what_is_wrong_and_shows_no_value() {
    let image = "--image=r.example.com/server:1";
    for (arguments, said) in [
        (
            &[image, "--env=1A=a_secret"][..],
            "--env: no variable has this name; letters, digits and `_` are allowed, and no \
             digit at the beginning",
        ),
        (
            &[image, "--env=a_secret"],
            "--env: one has no `=`; allowed: NAME=VALUE",
        ),
        (
            &[image, "--secret=A=a_secret"],
            "--secret: it names no key of a secret; one is like SECRET/KEY",
        ),
        (
            &[image, "--min-scale=2", "--max-scale=1"],
            "scale.min: it is 2, and max is 1; at most as many are allowed",
        ),
        (
            &[image],
            "this host has no cluster: set KUBECONFIG to the path of a kubeconfig file, or run \
             the host in a cluster with a service account",
        ),
    ] {
        let (succeeded, printed, complained) = deploy(arguments);
        assert!(!succeeded && printed.is_empty(), "{printed}");
        assert_eq!(complained, format!("functions-host: {said}\n"));
    }
    for wrong in [&["--image=a b"][..], &[], &[image, "--dry-run", "--wait"]] {
        let (succeeded, _, complained) = deploy(wrong);
        assert!(!succeeded);
        assert_eq!(complained.lines().count(), 1, "{complained}");
        assert!(complained.contains("--"), "{complained}");
    }
}

#[test]
fn the_help_of_the_command_says_what_is_where_nothing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let help = command(folder.path())
        .args(["deploy", "--help"])
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "--image <IMAGE> Image of the server",
        "--deployment-id <ID>",
        "where no limit is given either",
        "[default: 300]",
        "[default: cerebro-functions]",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
}
