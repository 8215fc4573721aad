//! What a server publishes in its life, as it arrives.

use functions_tests::broker::{Access, Consumer, Delivered};
use functions_tests::{Broker, Client, Server};
use lapin::types::AMQPValue;
use serde_json::{Value, json};

use crate::server::{self, EVENTS};

const STARTED: &str = "routing.event.metatwin-functions.function.deployment.started";
const HEALTHY: &str = "routing.event.metatwin-functions.function.deployment.healthy";
const STOPPED: &str = "routing.event.metatwin-functions.function.deployment.stopped";

fn short<T: ToString>(text: &Option<T>) -> String {
    text.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// What every event has, whatever it says.
fn has_all_properties(message: &Delivered, name: &str, exchange: &str) {
    let properties = &message.properties;
    assert_eq!(message.exchange, exchange);
    assert_eq!(short(properties.content_type()), "application/json");
    assert_eq!(*properties.delivery_mode(), Some(2));
    assert_eq!(short(properties.app_id()), "functions-core");
    assert_eq!(short(properties.kind()), name);
    let id = short(properties.message_id());
    assert_eq!((id.len(), id.matches('-').count()), (36, 4), "{id}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let age = now.unwrap().as_secs() - properties.timestamp().expect("it has one");
    assert!(age < 120, "{age} seconds old");
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_server_announces_its_start_its_life_and_its_end() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("life"));
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;
    let stopped = ("CRBR_ENABLE_STOPPED_EVENT", "true");
    let mut server = server::start(&access, &exchange, &[stopped]).await;

    let started = consumer.next().await;
    assert_eq!(started.routing_key, STARTED);
    has_all_properties(&started, "FunctionsDeploymentStartedEvent", &exchange);
    let body = started.json();
    assert_eq!(body["deploymentId"], "local-dev");
    let functions = body["functions"].as_array().unwrap();
    let length = functions
        .iter()
        .find(|function| function["name"] == "length");
    assert_eq!(
        *length.unwrap(),
        json!({
            "name": "length",
            "description": "",
            "args": [{"name": "text", "type": "str", "required": true, "description": null}],
            "returnType": "int",
        })
    );
    let names: Vec<_> = functions.iter().map(|function| &function["name"]).collect();

    let healthy = consumer.next().await;
    assert_eq!(healthy.routing_key, HEALTHY);
    has_all_properties(&healthy, "FunctionsDeploymentHealthyEvent", &exchange);
    assert_eq!(
        healthy.json(),
        json!({"deploymentId": "local-dev", "functionNames": names})
    );
    let ids = [&started, &healthy].map(|message| short(message.properties.message_id()));
    assert_ne!(ids[0], ids[1]);

    server.terminate();
    assert!(server.wait().await.success());
    let end = consumer
        .find(|message| message.routing_key == STOPPED)
        .await;
    has_all_properties(&end, "FunctionsDeploymentStoppedEvent", &exchange);
    assert_eq!(end.json(), healthy.json());
    let log = server::told(&server);
    assert_eq!(log, ["Events are published"], "{log:?}");
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_system_event_names_its_payload_and_its_message() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("system"));
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;
    let format = ("CRBR_EVENT_FORMAT", "system-event");
    let _server = server::start(&access, &exchange, &[format]).await;
    for payload_type in [
        "FunctionDeploymentStartedPayload",
        "FunctionsDeploymentHealthyPayload",
    ] {
        let message = consumer.next().await;
        let body = message.json();
        assert_eq!(body["payloadType"], payload_type);
        assert_eq!(
            body["correlationId"],
            short(message.properties.message_id())
        );
        assert_eq!(body["payload"]["deploymentId"], "local-dev");
    }
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_binary_cloud_event_has_its_attributes_in_headers() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("cloud"));
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;
    let format = ("CRBR_EVENT_FORMAT", "cloudevents-binary");
    let _server = server::start(&access, &exchange, &[format]).await;
    let message = consumer.next().await;
    has_all_properties(&message, "FunctionsDeploymentStartedEvent", &exchange);
    let headers = message.properties.headers().as_ref().unwrap().inner();
    let header = |name: &str| match headers.get(name) {
        Some(AMQPValue::LongString(text)) => text.to_string(),
        other => panic!("{name} is {other:?}"),
    };
    assert_eq!(header("cloudEvents_specversion"), "1.0");
    assert_eq!(
        header("cloudEvents_type"),
        "FunctionsDeploymentStartedEvent"
    );
    assert_eq!(
        header("cloudEvents_id"),
        short(message.properties.message_id())
    );
    assert_eq!(message.json()["deploymentId"], "local-dev");
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn routing_keys_can_be_others() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("keys"));
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;
    let settings = [
        ("CRBR_ROUTING_KEY_DEPLOYMENT_STARTED", "born"),
        ("CRBR_ROUTING_KEY_DEPLOYMENT_HEALTHY", "well"),
        ("CRBR_ROUTING_KEY_DEPLOYMENT_STOPPED", "gone"),
        ("CRBR_ENABLE_STOPPED_EVENT", "1"),
    ];
    let server = server::start(&access, &exchange, &settings).await;
    assert_eq!(consumer.next().await.routing_key, "born");
    assert_eq!(consumer.next().await.routing_key, "well");
    server.terminate();
    consumer.find(|message| message.routing_key == "gone").await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn the_queues_of_the_broker_for_the_desk_take_what_they_are_for() {
    let broker = Broker::shared().await;
    let access = broker.access().clone();
    let _server = server::start(&access, "event.exchange", &[]).await;
    for (queue, key) in [("started", STARTED), ("healthy", HEALTHY)] {
        let queue = format!("event.metatwin-functions.function.deployment.{queue}");
        let mut consumer = Consumer::of(&access, &queue).await;
        assert_eq!(consumer.next().await.routing_key, key);
    }
}

async fn flags(server: &Server) -> (Value, Value) {
    let ready = Client::http1().get(&server.url("/ready")).await.json();
    (
        ready["rabbitmq_enabled"].clone(),
        ready["rabbitmq_connected"].clone(),
    )
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn ready_tells_whether_there_is_a_broker_and_a_connection_to_it() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("ready"));
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;
    let server = server::start(&access, &exchange, &[]).await;
    consumer.next().await;
    assert_eq!(flags(&server).await, (true.into(), true.into()));

    let off = server::start(&access, &exchange, &[("CRBR_ENABLE_EVENTS", "false")]).await;
    assert_eq!(flags(&off).await, (false.into(), false.into()));

    let nowhere: Access = access.at("127.0.0.1", 1);
    let alone = server::start(&nowhere, &exchange, &[]).await;
    alone
        .line("that it is alone", |line| line["target"] == EVENTS)
        .await;
    assert_eq!(flags(&alone).await, (true.into(), false.into()));
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn half_a_configuration_is_a_warning_that_names_the_other_half() {
    let mut environment = Broker::shared().await.access().environment();
    environment.retain(|(name, _)| *name != "CRBR_RABBITMQ_PASSWORD");
    let server = Server::start(server::fixture().envs(environment)).await;
    let warns = |line: &Value| {
        let message = line["message"].as_str().unwrap_or_default();
        message.contains("without CRBR_RABBITMQ_PASSWORD")
    };
    server.line("what is missing", warns).await;
    assert_eq!(flags(&server).await, (false.into(), false.into()));
}
