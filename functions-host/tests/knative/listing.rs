//! What is told of functions.

use serde_json::{Value, json};

use crate::ground::{FUNCTIONS, Ground, SERVERS, WASM_FUNCTIONS, post, python};
use crate::server::Server;

fn names(host: &Server, query: &str) -> (Vec<String>, String) {
    let listed = host.get(&format!("{FUNCTIONS}{query}"));
    assert_eq!(listed.status, 200, "{listed:?}");
    let total = listed.header("x-total-count").unwrap().to_owned();
    let functions = listed.json();
    let names = functions.as_array().unwrap().iter();
    let names = names.map(|function| function["function_name"].as_str().unwrap().to_owned());
    (names.collect(), total)
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn functions_are_listed_by_name_in_parts_and_servers_apart() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    assert_eq!(names(&host, ""), (vec![], "0".to_owned()));
    for name in ["b", "d", "a"] {
        post(&host, FUNCTIONS, &python(name, "code"), 201);
    }
    let image = json!({"function_name": "c", "image_url": "r.example.com/c:1"});
    post(&host, WASM_FUNCTIONS, &image, 201);
    let server = json!({"deployment_id": "7", "image": "r.example.com/server:1"});
    post(&host, SERVERS, &server, 201);

    let expected = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        (names, "4".to_owned())
    };
    assert_eq!(names(&host, ""), expected(&["a", "b", "c", "d"]));
    assert_eq!(names(&host, "?skip=1&limit=2"), expected(&["b", "c"]));
    assert_eq!(names(&host, "?skip=9"), expected(&[]));
    let refused = host.get(&format!("{FUNCTIONS}?limit=0"));
    assert_eq!(refused.loc(), "query.limit");

    let servers = host.get(SERVERS);
    assert_eq!(servers.header("x-total-count"), Some("1"));
    assert_eq!(servers.json()[0]["deployment_id"], "7");
    assert_eq!(host.get(&format!("{FUNCTIONS}/fx-7")).status, 404);
    assert_eq!(host.get(&format!("{SERVERS}/7")).status, 200);
    for path in ["a_b", "A", "..%2fa", "x"] {
        let missing = host.get(&format!("{FUNCTIONS}/{path}"));
        assert_eq!(missing.status, 404, "{missing:?}");
    }
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn more_than_a_cluster_tells_at_once_are_all_told() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    let image = |name: &str| json!({"function_name": name, "image_url": "r.example.com/a:1"});
    post(&host, WASM_FUNCTIONS, &image("f0"), 201);
    let mut other = ground.services().get("f0").await.unwrap();
    other.metadata.managed_fields = None;
    other.metadata.resource_version = None;
    other.metadata.uid = None;
    for number in 1..105 {
        other.metadata.name = Some(format!("f{number}"));
        ground
            .services()
            .create(&Default::default(), &other)
            .await
            .unwrap();
    }
    let (all, total) = names(&host, "?limit=1000");
    assert_eq!((all.len(), &*total), (105, "105"));
    let (last, total) = names(&host, "?skip=99&limit=10");
    assert_eq!((&last[..], &*total), (&all[99..], "105"));
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn what_knative_says_of_a_function_is_told() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    post(&host, FUNCTIONS, &python("resize", "one"), 201);
    let told = || {
        let answer = host.get(&format!("{FUNCTIONS}/resize"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    let state = |told: &Value| (told["status"].clone(), told["ready"].clone());
    assert_eq!(state(&told()), (json!("deploying"), json!(false)));

    ground.say("resize", "Unknown", "Deploying").await;
    let waiting = told();
    assert_eq!(state(&waiting), (json!("deploying"), json!(false)));
    assert_eq!(waiting["reason"], "Deploying: said by a test");
    assert_eq!(waiting["revision"], Value::Null);

    ground.say("resize", "True", "").await;
    let ready = told();
    assert_eq!(state(&ready), (json!("ready"), json!(true)));
    assert_eq!(ready["reason"], Value::Null);
    assert_eq!(ready["url"], "http://resize.example.com");
    assert_eq!(ready["revision"], "resize-00001");
    assert_eq!(ready["kind"], "python");
    assert_eq!(ready["namespace"], ground.namespace);

    // What was said of the old one says nothing of the new one.
    post(&host, FUNCTIONS, &python("resize", "two"), 201);
    let changed = told();
    assert_eq!(state(&changed), (json!("deploying"), json!(false)));
    assert_eq!(changed["revision"], "resize-00001");

    ground.say("resize", "False", "RevisionFailed").await;
    let failed = told();
    assert_eq!(state(&failed), (json!("failed"), json!(false)));
    assert_eq!(failed["reason"], "RevisionFailed: said by a test");
    assert_eq!(failed["latest_revision"], "resize-00002");
}
