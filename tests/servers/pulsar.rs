//! A Pulsar, shared or a test's own.

mod faults;
mod lookup;

use functions_tests::pulsar::{Admin, Backlog, Compatibility, Lent, TENANT};
use functions_tests::{Answer, Client};
use serde_json::{Value, json};

/// A namespace that is gone after the test.
struct Namespace {
    name: String,
    admin: Admin,
}

impl Namespace {
    async fn new(lent: &Lent, what: &str) -> Self {
        let name = format!("{TENANT}/servers-{what}-{}", std::process::id());
        let admin = lent.admin();
        admin.create_tenant(TENANT).await.unwrap();
        admin.create_namespace(&name).await.unwrap();
        Self { name, admin }
    }

    fn topic(&self, name: &str) -> String {
        format!("{}/{name}", self.name)
    }

    async fn end(self) {
        self.admin.delete_namespace(&self.name).await.unwrap();
        let left = self.admin.namespaces(TENANT).await.unwrap();
        assert!(!left.contains(&self.name), "{left:?}");
    }
}

/// Publishes a text by the REST API of a broker.
async fn publish(admin_url: &str, topic: &str, text: &str) -> Answer {
    let messages = json!({"producerName": "servers", "messages": [{"payload": text}]});
    let url = format!("{admin_url}/topics/persistent/{topic}");
    Client::http1().post(&url, messages.to_string()).await
}

async fn entries(admin: &Admin, topic: &str, subscription: &str) -> u64 {
    let backlog = admin.backlog(topic, subscription).await.unwrap();
    backlog.entries
}

#[tokio::test]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn what_is_published_waits_in_the_backlog_of_each_subscription() {
    let lent = Lent::new();
    let namespace = Namespace::new(&lent, "backlog").await;
    let topic = namespace.topic("orders");
    namespace.admin.create_topic(&topic).await.unwrap();
    namespace
        .admin
        .create_subscription(&topic, "ours")
        .await
        .unwrap();
    for text in ["one", "two"] {
        let answer = publish(&lent.admin_url, &topic, text).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }
    let waiting = Backlog {
        entries: 2,
        unacknowledged: 0,
        consumers: 0,
    };
    assert_eq!(
        namespace.admin.backlog(&topic, "ours").await.unwrap(),
        waiting
    );
    namespace.end().await;
}

#[tokio::test]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn topics_are_made_grown_unloaded_and_deleted() {
    let namespace = Namespace::new(&Lent::new(), "topics").await;
    let Namespace { name, admin } = &namespace;
    let (plain, split) = (namespace.topic("plain"), namespace.topic("split"));
    admin.create_topic(&plain).await.unwrap();
    admin.create_partitioned_topic(&split, 1).await.unwrap();
    admin.create_subscription(&split, "ours").await.unwrap();
    admin.grow_partitions(&split, 3).await.unwrap();
    let mut topics = admin.topics(name).await.unwrap();
    topics.sort();
    let partition = |number: u32| format!("persistent://{split}-partition-{number}");
    let whole = format!("persistent://{plain}");
    assert_eq!(
        topics,
        [whole.clone(), partition(0), partition(1), partition(2)]
    );
    let partitioned = admin.partitioned_topics(name).await.unwrap();
    assert_eq!(partitioned, [format!("persistent://{split}")]);
    let backlog = admin.partitioned_backlog(&split, "ours").await.unwrap();
    assert_eq!(backlog.entries, 0);

    admin.unload_topic(&plain).await.unwrap();
    assert_eq!(
        admin.stats(&plain).await.unwrap()["subscriptions"],
        json!({})
    );
    admin.delete_partitioned_topic(&split).await.unwrap();
    assert_eq!(admin.topics(name).await.unwrap(), [whole]);
    admin.delete_topic(&plain).await.unwrap();
    assert_eq!(admin.topics(name).await.unwrap(), [""; 0]);
    namespace.end().await;
}

#[tokio::test]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn which_schemas_a_namespace_takes_is_set() {
    let namespace = Namespace::new(&Lent::new(), "schemas").await;
    let Namespace { name, admin } = &namespace;
    for (compatibility, told) in [
        (Compatibility::AlwaysCompatible, "ALWAYS_COMPATIBLE"),
        (Compatibility::AlwaysIncompatible, "ALWAYS_INCOMPATIBLE"),
        (Compatibility::Backward, "BACKWARD"),
        (Compatibility::Forward, "FORWARD"),
        (Compatibility::Full, "FULL"),
    ] {
        admin.set_compatibility(name, compatibility).await.unwrap();
        let path = format!("namespaces/{name}/schemaCompatibilityStrategy");
        assert_eq!(admin.get(&path).await.unwrap(), Value::from(told));
    }
    namespace.end().await;
}

#[tokio::test]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn what_the_broker_refuses_is_told_with_its_reason() {
    let lent = Lent::new();
    let topic = format!("{TENANT}/no-such-namespace/topic");
    let error = lent.admin().create_topic(&topic).await.unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("404") && error.contains("Namespace"),
        "{error}"
    );
}

#[tokio::test]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn the_desk_gets_a_tenant_and_a_namespace_by_its_script() {
    const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../pulsar-docker/setup.sh");
    let lent = Lent::new();
    let name = format!("desk-{}", std::process::id());
    let run = async |arguments: &[&str]| {
        let mut script = tokio::process::Command::new("bash");
        script.arg(SCRIPT).args(arguments).kill_on_drop(true);
        let script = script.env("API", &lent.admin_url).env("NAMESPACE", &name);
        script.env("TENANT", TENANT).output().await.unwrap()
    };
    assert!(!run(&["check"]).await.status.success());
    // It is run at each start.
    for _ in 0..2 {
        let output = run(&[]).await;
        assert!(output.status.success(), "{output:?}");
    }
    assert!(run(&["check"]).await.status.success());
    let namespace = format!("{TENANT}/{name}");
    lent.admin().delete_namespace(&namespace).await.unwrap();
}
