//! What arrives, and what is told of what does not.

use std::time::{Duration, SystemTime};

use functions_core::Registry;
use functions_core::events::{Deployment, Event, Format, Message, Receipt, Session};
use functions_tests::Broker;
use functions_tests::broker::Consumer;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, ExchangeKind};

use super::{
    assert_refused, assert_unavailable, assert_untroubled, connect, in_time, message, publish,
    publisher, refusal,
};

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_message_arrives_as_it_was_made() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    let mut consumer = Consumer::bound(broker.access(), &exchange, "some.*").await;
    let session = connect(&publisher(broker.access(), &exchange)).await;
    let message = message("some.key");
    let receipt = in_time(session.publish(&message)).await.unwrap();
    assert_eq!(receipt, Receipt::Delivered);

    let arrived = consumer.next().await;
    assert_eq!(arrived.exchange, exchange);
    assert_eq!(arrived.routing_key, "some.key");
    assert_eq!(arrived.body, message.body());
    let properties = arrived.properties;
    let short = |text: &str| Some(ShortString::from(text));
    assert_eq!(*properties.delivery_mode(), Some(2));
    assert_eq!(*properties.content_type(), short("application/json"));
    assert_eq!(*properties.message_id(), short(&message.id()));
    assert_eq!(*properties.app_id(), short("functions-core"));
    assert_eq!(*properties.kind(), short("FunctionsDeploymentHealthyEvent"));
    let sent = SystemTime::UNIX_EPOCH + Duration::from_secs(properties.timestamp().unwrap());
    assert!(sent <= message.timestamp());
    assert!(message.timestamp() < sent + Duration::from_secs(1));
    session.close().await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_message_that_no_queue_takes_is_no_trouble_for_the_next_one() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    let mut consumer = Consumer::bound(broker.access(), &exchange, "wanted").await;
    let session = connect(&publisher(broker.access(), &exchange)).await;
    let unroutable = Receipt::Unroutable("NO_ROUTE (312)".to_owned());
    for _ in 0..3 {
        assert_eq!(publish(&session, "unwanted").await.unwrap(), unroutable);
        assert_eq!(
            publish(&session, "wanted").await.unwrap(),
            Receipt::Delivered
        );
        assert_eq!(consumer.next().await.routing_key, "wanted");
    }
    assert_untroubled(&session).await;
    session.close().await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_routing_key_has_255_bytes_at_most_and_a_longer_one_is_no_end_of_a_session() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    let _consumer = Consumer::bound(broker.access(), &exchange, "#").await;
    let session = connect(&publisher(broker.access(), &exchange)).await;
    let failure = publish(&session, &"k".repeat(256)).await.unwrap_err();
    assert_refused(&failure, &["routing key", "256 bytes"]);
    let receipt = publish(&session, &"k".repeat(255)).await.unwrap();
    assert_eq!(receipt, Receipt::Delivered);
    session.close().await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_message_may_be_larger_than_what_fits_into_one_piece() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    let mut consumer = Consumer::bound(broker.access(), &exchange, "#").await;
    let session = connect(&publisher(broker.access(), &exchange)).await;
    let deployment = Deployment::new("x".repeat(3_000_000), &Registry::collect().unwrap());
    let message = Message::new(Event::Started, deployment, Format::Plain, "key");
    for _ in 0..2 {
        let receipt = in_time(session.publish(&message)).await.unwrap();
        assert_eq!(receipt, Receipt::Delivered);
        assert!(consumer.next().await.body == message.body());
    }
    session.close().await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_message_that_a_full_queue_turns_down_was_not_delivered() {
    let mut broker = Broker::shared().await;
    let (exchange, queue) = (broker.name("exchange"), broker.name("queue"));
    let connection = broker.access().connect().await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    declare(&channel, &exchange, ExchangeKind::Topic).await;
    full_queue(&channel, &queue, &exchange).await;
    let session = connect(&publisher(broker.access(), &exchange)).await;
    let failure = publish(&session, "key").await.unwrap_err();
    assert_unavailable(&failure, &["could not keep the message (basic.nack)"]);
    session.close().await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn an_exchange_of_another_type_is_refused() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    let connection = broker.access().connect().await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    declare(&channel, &exchange, ExchangeKind::Fanout).await;
    let publisher = publisher(broker.access(), &exchange);
    let failure = refusal(&publisher).await;
    assert_refused(
        &failure,
        &[&exchange, "is not a durable topic exchange", "'fanout'"],
    );
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn an_exchange_that_is_there_is_as_good_as_one_that_is_not() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    for _ in 0..2 {
        let session = connect(&publisher(broker.access(), &exchange)).await;
        assert!(publish(&session, "key").await.is_ok());
        session.close().await;
    }
}

async fn declare(channel: &Channel, exchange: &str, kind: ExchangeKind) {
    let options = ExchangeDeclareOptions {
        durable: true,
        ..Default::default()
    };
    let declared = channel.exchange_declare(exchange.into(), kind, options, FieldTable::default());
    declared.await.unwrap();
}

/// A queue that takes no message at all, and says so.
async fn full_queue(channel: &Channel, queue: &str, exchange: &str) {
    let mut limits = FieldTable::default();
    limits.insert("x-max-length".into(), AMQPValue::LongInt(0));
    limits.insert(
        "x-overflow".into(),
        AMQPValue::LongString("reject-publish".into()),
    );
    let options = QueueDeclareOptions::default();
    channel
        .queue_declare(queue.into(), options, limits)
        .await
        .unwrap();
    let options = QueueBindOptions::default();
    let bound = channel.queue_bind(
        queue.into(),
        exchange.into(),
        "#".into(),
        options,
        FieldTable::default(),
    );
    bound.await.unwrap();
}
