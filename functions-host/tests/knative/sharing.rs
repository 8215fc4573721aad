//! Tenants of one namespace.

use serde_json::json;

use crate::ground::{FUNCTIONS, Ground, python};
use crate::http::send;

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_tenant_neither_sees_nor_changes_nor_deletes_what_is_anothers() {
    let ground = Ground::new().await;
    let host = ground.host(&["--trust-gateway"]);
    let body = |code: &str| python("resize", code).to_string();
    let made = host.post_as("acme", FUNCTIONS, body("one").as_bytes());
    assert_eq!(made.status, 201, "{made:?}");

    for path in [FUNCTIONS.to_owned(), format!("{FUNCTIONS}?force=true")] {
        let taken = host.post_as("other", &path, body("two").as_bytes());
        assert_eq!(taken.status, 409, "{taken:?}");
        assert!(!taken.detail().contains("acme"), "{taken:?}");
    }
    let path = format!("{FUNCTIONS}/resize");
    assert_eq!(host.get_as("other", &path).status, 404);
    assert_eq!(host.get_as("other", FUNCTIONS).json(), json!([]));
    let deleted = send(host.address, "DELETE", &path, &[("x-tid", "other")], b"");
    assert_eq!(deleted.status, 404, "{deleted:?}");

    assert_eq!(ground.code("resize").await, "one");
    assert_eq!(host.get_as("acme", &path).status, 200);
    let own = host.get_as("acme", FUNCTIONS);
    assert_eq!(own.header("x-total-count"), Some("1"));
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn of_many_who_take_a_name_at_the_same_moment_one_gets_it() {
    let ground = Ground::new().await;
    let host = ground.host(&["--trust-gateway"]);
    for round in 0..5 {
        let name = format!("resize-{round}");
        let tenants = ["one", "two", "three", "four"];
        let statuses: Vec<_> = std::thread::scope(|scope| {
            let threads = tenants.map(|tenant| {
                let body = json!({"function_name": name, "image_url": format!("{tenant}:1")});
                let host = &host;
                scope.spawn(move || {
                    let path = crate::ground::WASM_FUNCTIONS;
                    host.post_as(tenant, path, body.to_string().as_bytes())
                        .status
                })
            });
            threads.map(|thread| thread.join().unwrap()).into()
        });
        let winners: Vec<_> = statuses.iter().filter(|status| **status == 201).collect();
        assert_eq!(winners.len(), 1, "{statuses:?}");
        assert!(
            statuses.iter().all(|status| [201, 409].contains(status)),
            "{statuses:?}"
        );
        let service = ground.service(&name).await;
        let owner = service["metadata"]["labels"]["tenant-id"].as_str().unwrap();
        let place = tenants.iter().position(|tenant| *tenant == owner).unwrap();
        assert_eq!(statuses[place], 201);
        let image = &service["spec"]["template"]["spec"]["containers"][0]["image"];
        assert_eq!(image, &json!(format!("{owner}:1")));
    }
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn the_code_and_the_revision_are_of_one_deployment_or_somebody_is_told() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    for round in 0..10 {
        let name = format!("resize-{round}");
        let statuses: Vec<_> = std::thread::scope(|scope| {
            let threads = ["one", "two", "three", "four"].map(|code| {
                let (body, host) = (python(&name, code).to_string(), &host);
                scope.spawn(move || host.post(FUNCTIONS, body.as_bytes()).status)
            });
            threads.map(|thread| thread.join().unwrap()).into()
        });
        assert!(
            statuses.iter().all(|status| [201, 409].contains(status)),
            "{statuses:?}"
        );
        let code = ground.config_maps().get(&format!("{name}-code")).await;
        let code = code.unwrap().metadata.annotations.unwrap();
        let service = ground.service(&name).await;
        let revision = &service["spec"]["template"]["metadata"]["annotations"];
        let digest = "functions-host/code-sha256";
        let is_one = json!(code[digest]) == revision[digest];
        assert!(is_one || statuses.contains(&409), "{statuses:?}");
    }
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn each_tenant_has_the_namespace_of_its_name_and_no_other() {
    let ground = Ground::new().await;
    // The tenant is named as the namespace is.
    let host = ground.host(&["--trust-gateway", "--tenant-namespace", "{tenant}"]);
    let body = python("resize", "one").to_string();
    let made = host.post_as(&ground.namespace, FUNCTIONS, body.as_bytes());
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(ground.code("resize").await, "one");

    let missing = host.post_as("nobody-made-this", FUNCTIONS, body.as_bytes());
    assert_eq!(missing.status, 503, "{missing:?}");
    assert!(
        missing.detail().contains("no namespace 'nobody-made-this'"),
        "{missing:?}"
    );
    for tenant in ["kube-system", "Acme", "a.b"] {
        let refused = host.post_as(tenant, FUNCTIONS, body.as_bytes());
        assert_eq!(refused.status, 400, "{refused:?}");
        assert_eq!(host.get_as(tenant, FUNCTIONS).status, 400);
    }
}
