//! What lies between a server and its broker.

use functions_tests::broker::Consumer;
use functions_tests::{Broker, Proxy};

use super::{AGAIN, PUBLISHED, UNAVAILABLE, line, next_started, serves, trouble};
use crate::server;

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_black_hole_is_noticed_and_left_behind() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("hole"));
    let proxy = Proxy::to(&access.hostname, access.port).await;
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;
    let by_proxy = access.at("127.0.0.1", proxy.address().port());
    let settings = [
        ("CRBR_CONNECTION_TIMEOUT", "1"),
        ("CRBR_FUNCTIONS_LOG_LEVEL", "DEBUG"),
    ];
    let server = server::start(&by_proxy, &exchange, &settings).await;
    next_started(&mut consumer).await;
    proxy.swallow().await;
    trouble(&server).await;
    serves(&server).await;
    // New connections are swallowed as well.
    let has_tried = |line: &serde_json::Value| line["attempts"] == 3;
    server.line("that it has tried", has_tried).await;
    proxy.pass().await;
    next_started(&mut consumer).await;
    line(&server, AGAIN).await;
    assert_eq!(server::told(&server), [PUBLISHED, UNAVAILABLE, AGAIN]);
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_drain_does_not_wait_for_a_black_hole() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("drain"));
    let proxy = Proxy::to(&access.hostname, access.port).await;
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;
    let by_proxy = access.at("127.0.0.1", proxy.address().port());
    // Neither of them could be waited for.
    let patient = [
        ("CRBR_CONNECTION_TIMEOUT", "3600"),
        ("CRBR_FUNCTIONS_RABBITMQ_HEARTBEAT", "3600"),
        ("CRBR_ENABLE_STOPPED_EVENT", "true"),
    ];
    let mut server = server::start(&by_proxy, &exchange, &patient).await;
    next_started(&mut consumer).await;
    proxy.swallow().await;
    server.terminate();
    assert!(server.wait().await.success());
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_connection_that_is_cut_is_replaced() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("cut"));
    let proxy = Proxy::to(&access.hostname, access.port).await;
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;
    let by_proxy = access.at("127.0.0.1", proxy.address().port());
    let server = server::start(&by_proxy, &exchange, &[]).await;
    next_started(&mut consumer).await;
    proxy.cut().await;
    next_started(&mut consumer).await;
    line(&server, AGAIN).await;
    assert_eq!(server::told(&server), [PUBLISHED, UNAVAILABLE, AGAIN]);
}
