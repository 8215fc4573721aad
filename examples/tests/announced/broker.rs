//! The same by way of RabbitMQ.

use std::process::Command;

use functions_tests::broker::Consumer;
use functions_tests::{Broker, Server};

use crate::compare_body;

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn what_comes_out_of_a_broker_is_what_is_in_the_files() {
    let mut broker = Broker::shared().await;
    for shape in ["plain", "system-event"] {
        let exchange = broker.name(shape);
        let mut consumer = Consumer::bound(broker.access(), &exchange, "#").await;
        let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
        command
            .envs(broker.access().environment())
            .env("CRBR_RABBITMQ_EXCHANGE", &exchange)
            .env("CRBR_DEPLOYMENT_ID", "examples")
            .env("CRBR_HEALTH_CHECK_INTERVAL", "1")
            .env("CRBR_ENABLE_STOPPED_EVENT", "true")
            .env("CRBR_EVENT_FORMAT", shape);
        let server = Server::start(&mut command).await;
        let mut messages = vec![consumer.next().await, consumer.next().await];
        server.terminate();
        messages.push(
            consumer
                .find(|message| message.routing_key.ends_with(".stopped"))
                .await,
        );
        for (message, event) in messages.iter().zip(["started", "healthy", "stopped"]) {
            assert!(message.routing_key.ends_with(event), "{message:?}");
            let id = message.properties.message_id().as_ref().unwrap();
            compare_body(event, shape, &message.body, id.as_str());
        }
    }
}
