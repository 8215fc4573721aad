//! A network between a broker and its clients that fails on demand.

use functions_tests::broker::Consumer;
use functions_tests::{Broker, Proxy};
use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_consumer_behind_a_hole_hears_nothing_of_what_others_hear() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    let access = broker.access();
    let proxy = Proxy::to(&access.hostname, access.port).await;
    let behind = access.at("127.0.0.1", proxy.address().port());
    let mut direct = Consumer::bound(access, &exchange, "#").await;
    let mut behind = Consumer::bound(&behind, &exchange, "#").await;
    let publish = async |key: &str| {
        let channel = direct.channel().clone();
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let published = channel.basic_publish(
            exchange.as_str().into(),
            key.into(),
            options,
            b"{}",
            properties,
        );
        published.await.unwrap().await.unwrap();
    };
    publish("passed").await;
    assert_eq!(behind.next().await.routing_key, "passed");

    proxy.swallow().await;
    publish("swallowed").await;
    assert_eq!(direct.next().await.routing_key, "passed");
    assert_eq!(direct.next().await.routing_key, "swallowed");

    proxy.cut().await;
    behind.try_next().await.unwrap_err();
}
