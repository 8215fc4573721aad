//! Brokers that do not answer: because they may not, or because nothing reaches them.

use std::pin::pin;
use std::time::Duration;

use functions_core::events::{Notice, Receipt, Session};
use functions_tests::broker::Node;
use functions_tests::{Broker, Proxy};

use super::super::{assert_unavailable, connect, in_time, lost, message, own, publish, refusal};

async fn low_on_memory(node: &Node, is_low: bool) {
    let share = if is_low { "0.00001" } else { "0.4" };
    node.ctl(&["set_vm_memory_high_watermark", share]).await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_broker_that_is_low_on_memory_says_so_and_takes_the_message_later() {
    let mut broker = Broker::shared().await;
    let publisher = own(&mut broker);
    let session = connect(&publisher).await;
    low_on_memory(broker.node(), true).await;
    {
        let message = message("key");
        let mut publishing = pin!(session.publish(&message));
        // Now and then the alarm is late by a message.
        let notice = async {
            loop {
                tokio::select! {
                    biased;
                    notice = session.notice() => break notice,
                    receipt = &mut publishing => {
                        receipt.unwrap();
                        publishing.set(session.publish(&message));
                    }
                }
            }
        };
        match in_time(notice).await {
            Notice::Blocked(reason) => assert!(reason.contains("memory"), "{reason}"),
            other => panic!("{other:?}"),
        }
        low_on_memory(broker.node(), false).await;
        let notice = in_time(session.notice()).await;
        assert!(matches!(notice, Notice::Unblocked), "{notice:?}");
        let unroutable = Receipt::Unroutable("NO_ROUTE (312)".to_owned());
        assert_eq!(in_time(publishing).await.unwrap(), unroutable);
    }
    assert!(publish(&session, "key").await.is_ok());
    session.close().await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_broker_that_is_low_on_memory_keeps_nobody_from_leaving() {
    let mut broker = Broker::shared().await;
    let publisher = own(&mut broker);
    low_on_memory(broker.node(), true).await;
    let session = connect(&publisher).await;
    let message = message("key");
    let publishing = async {
        loop {
            session.publish(&message).await.unwrap();
        }
    };
    tokio::select! {
        notice = in_time(session.notice()) => assert!(matches!(notice, Notice::Blocked(_))),
        () = publishing => {}
    }
    // What was given up is not forgotten, and more of it is not taken.
    let failure = publish(&session, "key").await.unwrap_err();
    assert_unavailable(&failure, &["has not confirmed the message before"]);
    in_time(session.close()).await;
    low_on_memory(broker.node(), false).await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_broker_that_is_not_heard_of_any_more_is_lost_after_two_heartbeats() {
    let mut broker = Broker::shared().await;
    let access = broker.access();
    let proxy = Proxy::to(&access.hostname, access.port).await;
    let publisher = own(&mut broker)
        .port(proxy.address().port())
        .heartbeat(Duration::from_secs(2));
    let session = connect(&publisher).await;
    publish(&session, "key").await.unwrap();
    proxy.swallow().await;
    assert_unavailable(&lost(&session).await, &["has fallen silent", "heartbeats"]);
    in_time(session.close()).await;

    let hasty = publisher.clone().connection_timeout(Duration::from_secs(1));
    assert_unavailable(&refusal(&hasty).await, &["within 1s", "the login"]);
    proxy.pass().await;
    publish(&connect(&publisher).await, "key").await.unwrap();
}
