//! The same, encrypted.

use functions_core::events::{RabbitMq, Receipt, Session};
use functions_tests::Broker;
use functions_tests::broker::{Access, Consumer, Tls};

use super::{assert_refused, assert_says, connect, publish, publisher, refusal};

fn encrypted(access: &Access, exchange: &str) -> (RabbitMq, Tls) {
    let tls = access.tls.clone().expect("this broker has TLS");
    (publisher(access, exchange).port(tls.port).tls(true), tls)
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_broker_is_trusted_whose_authority_is_in_the_ca_file() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    let mut consumer = Consumer::bound(broker.access(), &exchange, "#").await;
    let (publisher, tls) = encrypted(broker.access(), &exchange);
    let session = connect(&publisher.ca_file(&tls.ca_file)).await;
    let receipt = publish(&session, "over.tls").await.unwrap();
    assert_eq!(receipt, Receipt::Delivered);
    assert_eq!(consumer.next().await.routing_key, "over.tls");
    session.close().await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_broker_is_not_trusted_whose_authority_nobody_knows() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    let (publisher, _) = encrypted(broker.access(), &exchange);
    let other = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../functions-core/src/events/rabbitmq/tests/ca.pem"
    );
    let failure = refusal(&publisher.ca_file(other)).await;
    assert_refused(&failure, &["is not trusted", "UnknownIssuer", "CA file"]);
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_port_without_tls_is_refused_where_tls_is_asked_for_and_the_other_way_round() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    let access = broker.access();
    let (encrypted, tls) = encrypted(access, &exchange);
    let failure = refusal(&encrypted.port(access.port).ca_file(&tls.ca_file)).await;
    assert_refused(&failure, &["there is no TLS", "AMQP with TLS"]);
    let failure = refusal(&publisher(access, &exchange).port(tls.port)).await;
    // The broker says something that is not AMQP and hangs up, which may come first.
    assert_says(&failure, &["turn TLS on here"]);
}
