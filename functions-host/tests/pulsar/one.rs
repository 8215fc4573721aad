//! One request, and what everybody else sees of it.

use pulsar::proto::schema;
use serde_json::{Value, json};

use crate::contract::{COMPLETION, COMPLETIONS, REQUESTS};
use crate::ground::{Ground, bulky, consumes};
use crate::listener::Listener;
use crate::request::Request;
use crate::sender::Sender;
use crate::server::{EXECUTIONS, Server};
use crate::soon::soon;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn a_request_has_one_completion_to_the_letter_and_is_acknowledged() {
    let ground = Ground::lent(&["a"]).await;
    let mut listener = Listener::to(&ground, "a").await;
    let mut sender = Sender::to(&ground, "a").await;
    let _host = ground.host(&[]);
    let message = sender.send(Request::new("a", "echo", 7)).await;
    let known = sender
        .send(Request::new("a", "trap", 8).known_as("order-8"))
        .await;
    assert_ne!(message.entry_id, known.entry_id);
    let mut told = listener.take(2).await;
    told.sort_by_key(|completion| completion.asset_id.clone());
    ground.done(&["a"]).await;
    assert!(listener.rest().await.is_empty(), "it is told once");

    let (success, failure) = (&told[0], &told[1]);
    assert!(success.is_of("echo", 7), "{success:?}");
    assert!(failure.is_of("trap", 8), "{failure:?}");
    assert_eq!((&success.error_message, &failure.results), (&None, &None));
    assert_eq!(success.tenant_id, "a");
    assert!(success.event_timestamp > 1_700_000_000_123);
    let of_message = success.request_id();
    let lies_at = format!("{}:{}", message.ledger_id, message.entry_id);
    assert!(
        of_message.starts_with(&lies_at),
        "{of_message}, {message:?}"
    );
    assert_eq!(failure.request_id(), "order-8");
    for completion in &told {
        assert_eq!(
            completion.raw.key.as_deref(),
            Some(completion.execution_id())
        );
        uuid::Uuid::parse_str(completion.execution_id()).unwrap();
    }
    assert_ne!(success.execution_id(), failure.execution_id());

    let path = format!("schemas/{}/schema", ground.topic("a", COMPLETIONS));
    let schema = ground.admin.get(&path).await.unwrap();
    assert_eq!(
        (&schema["type"], &schema["data"]),
        (&Value::from("AVRO"), &COMPLETION.into())
    );
    assert_eq!(schema["version"], 0);
    // The first version, as brokers write it.
    assert_eq!(
        success.raw.schema_version,
        Some(0_u64.to_be_bytes().to_vec())
    );
    assert_eq!(ground.backlog("a", REQUESTS).await, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn who_names_another_tenant_fails_where_the_request_lies_and_nothing_is_seen_elsewhere() {
    let ground = Ground::lent(&["a", "b"]).await;
    let mut own = Listener::to(&ground, "a").await;
    let mut others = Listener::to(&ground, "b").await;
    let mut sender = Sender::to(&ground, "a").await;
    let host = ground.host(&[]);
    sender.send(Request::new("b", "echo", 1)).await;
    sender
        .send(Request::new("no tenant at all!", "echo", 2))
        .await;
    for completion in own.take(2).await {
        assert_eq!(
            (&*completion.tenant_id, &*completion.status),
            ("a", "FAILURE")
        );
        let error = completion.error_message.unwrap();
        assert!(error.contains("lies in the namespace of a"), "{error}");
    }
    ground.done(&["a"]).await;
    assert!(own.rest().await.is_empty());
    assert!(others.rest().await.is_empty());
    let letters = host.get("/api/v1/dead-letters").json();
    assert_eq!(letters.as_array().unwrap().len(), 0, "{letters}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn who_asks_by_the_api_is_answered_and_everybody_is_told() {
    let ground = Ground::lent(&["a"]).await;
    let mut listener = Listener::to(&ground, "a").await;
    let host = ground.host(&[]);
    let body = json!({
        "tenant_id": "a", "wasm_module_id": "echo", "asset_id": "5", "input": {"n": "5"},
        "request_id": "order-5",
    });
    let path = format!("{EXECUTIONS}?wait=true&wait_seconds=120");
    for _ in 0..2 {
        let answer = host.post(&path, body.to_string().as_bytes());
        assert_eq!(
            (answer.status, &answer.json()["status"]),
            (200, &json!("succeeded"))
        );
        assert_eq!(answer.json()["results"], json!({"n": "5"}));
    }
    let completion = listener.next().await;
    assert!(completion.is_of("echo", 5), "{completion:?}");
    assert_eq!(completion.request_id(), "order-5");
    ground.done(&["a"]).await;
    assert!(
        listener.rest().await.is_empty(),
        "who asks again is no second request"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn who_asks_one_host_is_answered_though_another_one_carries_it_out() {
    let ground = Ground::lent(&["a"]).await;
    let rescan = ["--pulsar-rescan-seconds", "1"];
    let (asked, other) = (ground.host(&rescan), ground.host(&rescan));
    Sender::to(&ground, "a")
        .await
        .send(Request::new("a", "echo", 0))
        .await;
    for host in [&asked, &other] {
        consumes(host, 1).await;
    }
    // These results are larger than a message may be.
    for host in [&asked, &other] {
        assert_eq!(host.upload("bulky", &bulky(6_000_000)).status, 201);
    }
    for (module, n) in [("echo", "1"), ("bulky", "large")] {
        carried_out_elsewhere(&asked, &other, module, n).await;
    }
}

/// Asks one host until another one has carried it out.
async fn carried_out_elsewhere(asked: &Server, other: &Server, module: &str, n: &str) {
    let path = format!("{EXECUTIONS}?wait=true&wait_seconds=60");
    soon("the other one carries one out", async || {
        let body = json!({"tenant_id": "a", "wasm_module_id": module, "input": {"n": "1"}});
        let answer = asked.post(&path, body.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{module} {}", answer.status);
        assert_eq!(answer.json()["results"]["n"], n);
        let path = format!("{EXECUTIONS}/{}", answer.json()["id"].as_str().unwrap());
        (other.get(&path).status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn requests_are_read_that_are_json_or_that_say_nothing_of_their_schema() {
    let ground = Ground::lent(&["json", "none"]).await;
    let mut of_json = Listener::to(&ground, "json").await;
    let mut of_none = Listener::to(&ground, "none").await;
    let _host = ground.host(&["--pulsar-rescan-seconds", "1"]);
    let request = Request::new("json", "echo", 1);
    let mut sender = Sender::writing(Some(schema::Type::Json), &ground, "json").await;
    sender
        .send_bytes(request.json().as_bytes(), ("trace", "1"), "1")
        .await;
    assert!(of_json.next().await.is_of("echo", 1));
    let request = Request::new("none", "echo", 2);
    let mut sender = Sender::writing(None, &ground, "none").await;
    sender
        .send_bytes(&request.avro(), ("trace", "1"), "1")
        .await;
    assert!(of_none.next().await.is_of("echo", 2));
    ground.done(&["json", "none"]).await;
}
