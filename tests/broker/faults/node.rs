//! The broker itself.

use functions_tests::broker::{Access, Consumer};
use functions_tests::{Broker, Server};

use super::{AGAIN, PUBLISHED, UNAVAILABLE, announced, line, next_started, serves, trouble};
use crate::server;

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_broker_that_comes_later_is_told_then() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("later"));
    let queue = broker.name("later.queue");
    let consumer = Consumer::durable(&access, &queue, &exchange, "#").await;
    consumer.close().await;
    let node = broker.node();
    node.stop().await;
    let server = server::start(&access, &exchange, &[("CRBR_MAX_RETRIES", "2")]).await;
    let why = trouble(&server).await;
    assert!(why.contains("cannot be reached"), "{why}");
    line(&server, "Events cannot be published for some time now").await;
    serves(&server).await;
    node.start().await;
    next_started(&mut Consumer::of(&access, &queue).await).await;
    line(&server, AGAIN).await;
    let long = "Events cannot be published for some time now";
    assert_eq!(server::told(&server), [UNAVAILABLE, long, AGAIN]);
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_broker_that_restarts_is_told_of_the_start_again() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("restart"));
    let queue = broker.name("restart.queue");
    let mut consumer = Consumer::durable(&access, &queue, &exchange, "#").await;
    let server = server::start(&access, &exchange, &[]).await;
    next_started(&mut consumer).await;
    let node = broker.node();
    node.stop().await;
    trouble(&server).await;
    serves(&server).await;
    node.start().await;
    next_started(&mut Consumer::of(&access, &queue).await).await;
    line(&server, AGAIN).await;
    assert_eq!(server::told(&server), [PUBLISHED, UNAVAILABLE, AGAIN]);
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_connection_that_is_closed_by_force_is_replaced() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("force"));
    let (server, _consumer) = announced(&access, &exchange).await;
    let node = broker.node();
    node.ctl(&["close_all_connections", "maintenance of the broker"])
        .await;
    let why = trouble(&server).await;
    assert!(why.contains("maintenance of the broker"), "{why}");
    serves(&server).await;
    line(&server, AGAIN).await;
    goes_on(&server, &access, &exchange).await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_channel_that_is_closed_by_force_is_replaced() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("channel"));
    let server = server::start(&access, &exchange, &[]).await;
    line(&server, PUBLISHED).await;
    let kill = "[exit(Channel, kill) || Channel <- rabbit_channel:list()].";
    broker.node().ctl(&["eval", kill]).await;
    trouble(&server).await;
    serves(&server).await;
    line(&server, AGAIN).await;
    goes_on(&server, &access, &exchange).await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_memory_alarm_holds_events_up_and_nothing_else() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("alarm"));
    let (server, mut consumer) = announced(&access, &exchange).await;
    let node = broker.node();
    node.ctl(&["set_vm_memory_high_watermark", "0.00001"]).await;
    let blocked = line(&server, "The broker takes no messages for the time being").await;
    assert!(
        blocked["reason"].as_str().unwrap().contains("memory"),
        "{blocked}"
    );
    serves(&server).await;
    node.ctl(&["set_vm_memory_high_watermark", "0.4"]).await;
    line(&server, "The broker takes messages again").await;
    consumer.next().await;
    assert_eq!(
        server::told(&server),
        [
            PUBLISHED,
            "The broker takes no messages for the time being",
            "The broker takes messages again",
        ]
    );
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_drain_does_not_wait_for_an_alarm_to_end() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("alarm"));
    let (mut server, _consumer) = announced(&access, &exchange).await;
    broker
        .node()
        .ctl(&["set_vm_memory_high_watermark", "0.00001"])
        .await;
    line(&server, "The broker takes no messages for the time being").await;
    server.terminate();
    assert!(server.wait().await.success());
    broker
        .node()
        .ctl(&["set_vm_memory_high_watermark", "0.4"])
        .await;
}

/// The trouble has been told once, and events are heard again. The queue of before went
/// with its connection, so there may have been nobody to take them for a while.
async fn goes_on(server: &Server, access: &Access, exchange: &str) {
    let told = server::told(server);
    let trouble = |line: &&String| line.starts_with(PUBLISHED) || line.starts_with(UNAVAILABLE);
    let told: Vec<_> = told.iter().filter(trouble).collect();
    assert_eq!(told, [PUBLISHED, UNAVAILABLE, AGAIN]);
    Consumer::bound(access, exchange, "#").await.next().await;
}
