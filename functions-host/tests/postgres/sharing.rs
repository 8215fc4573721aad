//! Two hosts, one registry.

use serde_json::json;

use crate::bucket::{BUCKET, BucketServer, SECRET};
use crate::database::TestDatabase;
use crate::host;
use crate::server::{EXECUTIONS, MODULES};
use crate::wasm::{echo, pointer};

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_module_uploaded_at_one_host_is_run_by_another_until_it_is_deleted_at_either() {
    let (database, buckets) = (TestDatabase::make().await, BucketServer::start());
    let (here, there) = (
        host(&database.url(), &buckets),
        host(&database.url(), &buckets),
    );
    let told = here.upload("echo", &echo());
    assert_eq!(told.status, 201, "{told:?}");
    let told = told.json();
    let path = told["filepath"].as_str().unwrap();
    let sha256 = told["sha256"].as_str().unwrap();
    let begin = format!("s3://{BUCKET}/modules/{sha256}-");
    assert!(
        path.starts_with(&begin) && path.ends_with(".wasm"),
        "{path}"
    );

    assert_eq!(there.get(&format!("{MODULES}/echo")).json(), told);
    let content = there.get(&format!("{MODULES}/echo/content"));
    assert_eq!(content.body, echo());
    assert_eq!(there.invoke("echo", b"hello").text(), "hello");
    let event = json!({"wasm_module_id": "echo", "input": {"size": 7}}).to_string();
    let run = format!("{EXECUTIONS}?wait=true");
    let done = there.post(&run, event.as_bytes()).json();
    assert_eq!(done["results"], json!({"size": "7"}), "{done}");

    assert_eq!(here.delete("echo").status, 200);
    // It is believed for a second that it is there, and its machine code is at hand.
    while there.invoke("echo", b"hello").status == 200 {
        std::thread::yield_now();
    }
    assert_eq!(there.invoke("echo", b"hello").status, 404);
    assert_eq!(there.get(&format!("{MODULES}/echo/content")).status, 404);
    let done = there.post(&run, event.as_bytes()).json();
    assert_eq!(done["fault"], "module", "{done}");
    assert!(buckets.objects("modules").is_empty());

    // Another module takes the name.
    let other = pointer("(i32.store8 (local.get $in) (i32.const 33)) (local.get $in)");
    assert_eq!(there.upload("echo", &other).status, 201);
    assert_eq!(here.upload("echo", &echo()).status, 409);
    while here.invoke("echo", b"hello").text() != "!ello" {
        std::thread::yield_now();
    }
    for log in [here.end(), there.end()] {
        assert!(!log.contains(SECRET));
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL; run by cargo xtask test"]
async fn a_host_that_is_killed_leaves_the_registry_to_the_other() {
    let (database, buckets) = (TestDatabase::make().await, BucketServer::start());
    let (mut here, there) = (
        host(&database.url(), &buckets),
        host(&database.url(), &buckets),
    );
    assert_eq!(here.upload("echo", &echo()).status, 201);
    here.kill();
    assert_eq!(there.invoke("echo", b"hello").text(), "hello");
    assert_eq!(there.delete("echo").status, 200);
    assert_eq!(there.upload("echo", &echo()).status, 201);
}
