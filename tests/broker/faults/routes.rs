//! The broker is well, and has no queue for an event.

use functions_tests::Broker;
use functions_tests::broker::Consumer;
use lapin::options::{ExchangeDeleteOptions, QueueBindOptions};
use lapin::types::FieldTable;

use super::{AGAIN, PUBLISHED, announced, line, next_started, serves, trouble};
use crate::server;

const NOBODY: &str = "Nobody takes an event";
const SOMEBODY: &str = "The event is taken again";

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn an_event_without_a_queue_is_told_once_for_each_kind_and_costs_no_connection() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("route"));
    let server = server::start(&access, &exchange, &[]).await;
    let nobody = line(&server, NOBODY).await;
    assert!(
        nobody["reason"].as_str().unwrap().contains("312"),
        "{nobody}"
    );
    assert!(
        nobody["routing_key"]
            .as_str()
            .unwrap()
            .ends_with(".started"),
        "{nobody}"
    );
    let is_healthy = |line: &serde_json::Value| {
        let key = line["routing_key"].as_str().unwrap_or_default();
        line["message"] == NOBODY && key.ends_with(".healthy")
    };
    server.line("that nobody takes the other", is_healthy).await;
    serves(&server).await;
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;
    next_started(&mut consumer).await;
    line(&server, SOMEBODY).await;
    consumer.next().await;
    consumer.next().await;
    assert_eq!(
        server::told(&server),
        [PUBLISHED, NOBODY, NOBODY, SOMEBODY, SOMEBODY]
    );
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_queue_that_is_unbound_and_bound_again_is_heard_of() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("unbound"));
    let (server, mut consumer) = announced(&access, &exchange).await;
    let queue = consumer.queue().to_owned();
    let channel = consumer.channel().clone();
    let unbound = channel.queue_unbind(
        queue.as_str().into(),
        exchange.as_str().into(),
        "#".into(),
        FieldTable::default(),
    );
    unbound.await.unwrap();
    line(&server, NOBODY).await;
    let bound = channel.queue_bind(
        queue.as_str().into(),
        exchange.as_str().into(),
        "#".into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    bound.await.unwrap();
    line(&server, SOMEBODY).await;
    consumer.next().await;
    assert_eq!(server::told(&server), [PUBLISHED, NOBODY, SOMEBODY]);
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn an_exchange_that_is_deleted_is_declared_again() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("deleted"));
    let (server, consumer) = announced(&access, &exchange).await;
    let options = ExchangeDeleteOptions::default();
    let deleted = consumer
        .channel()
        .exchange_delete(exchange.as_str().into(), options);
    deleted.await.unwrap();
    let why = trouble(&server).await;
    assert!(why.contains("has been deleted"), "{why}");
    line(&server, AGAIN).await;
    next_started(&mut Consumer::bound(&access, &exchange, "#").await).await;
}
