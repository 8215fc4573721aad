//! Functions, deleted.

use serde_json::json;

use crate::ground::{FUNCTIONS, Ground, SERVERS, delete, post, python};

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_deleted_function_leaves_nothing_and_can_be_deployed_anew() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    let path = format!("{FUNCTIONS}/resize");
    assert_eq!(delete(&host, &path).status, 404);
    post(&host, FUNCTIONS, &python("resize", "one"), 201);
    let gone = delete(&host, &path);
    assert_eq!(gone.status, 200, "{gone:?}");
    let objects = json!(["Service/resize", "ConfigMap/resize-code"]);
    assert_eq!(gone.json()["deleted"], objects);
    assert!(ground.services().get_opt("resize").await.unwrap().is_none());
    let code = ground.config_maps().get_opt("resize-code").await.unwrap();
    assert!(code.is_none());
    let again = delete(&host, &path);
    assert_eq!(
        (again.status, &*again.detail()),
        (404, "Function 'resize' not found")
    );
    let anew = post(&host, FUNCTIONS, &python("resize", "two"), 201);
    assert_eq!(anew.json()["created"], true);
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn code_that_a_deletion_has_left_goes_with_the_next() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    post(&host, FUNCTIONS, &python("resize", "one"), 201);
    let service = ground.services();
    service.delete("resize", &Default::default()).await.unwrap();
    let gone = delete(&host, &format!("{FUNCTIONS}/resize"));
    assert_eq!(gone.json()["deleted"], json!(["ConfigMap/resize-code"]));
}

#[tokio::test]
#[ignore = "needs an API server of Kubernetes; run by cargo xtask test"]
async fn a_function_is_not_deleted_as_a_server_nor_a_server_as_a_function() {
    let ground = Ground::new().await;
    let host = ground.host(&[]);
    post(&host, FUNCTIONS, &python("fx-8", "one"), 201);
    let server = json!({"deployment_id": "7", "image": "r.example.com/server:1"});
    post(&host, SERVERS, &server, 201);
    assert_eq!(delete(&host, &format!("{SERVERS}/8")).status, 404);
    assert_eq!(delete(&host, &format!("{FUNCTIONS}/fx-7")).status, 404);
    let gone = delete(&host, &format!("{SERVERS}/7"));
    assert_eq!(gone.json()["deleted"], json!(["Service/fx-7"]));
    assert_eq!(delete(&host, &format!("{FUNCTIONS}/fx-8")).status, 200);
}
