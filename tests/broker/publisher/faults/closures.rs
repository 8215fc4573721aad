//! Connections and channels that the broker closes.

use functions_core::events::{Receipt, Session};
use functions_tests::Broker;
use functions_tests::broker::Node;

use super::super::{
    assert_unavailable, assert_untroubled, connect, in_time, lost, own, publish, publisher, refusal,
};

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_connection_that_is_closed_by_force_is_lost_at_once_and_can_be_had_again() {
    let mut broker = Broker::shared().await;
    let publisher = own(&mut broker);
    let session = connect(&publisher).await;
    broker
        .node()
        .ctl(&["close_all_connections", "a test says so"])
        .await;
    let reason = "closed the connection (CONNECTION_FORCED - a test says so)";
    assert_unavailable(&lost(&session).await, &[reason]);
    assert!(publish(&session, "key").await.is_err());
    session.close().await;
    publish(&connect(&publisher).await, "key").await.unwrap();
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_channel_that_breaks_is_lost_at_once_although_nobody_publishes() {
    let mut broker = Broker::shared().await;
    let publisher = own(&mut broker);
    let session = connect(&publisher).await;
    let kill = "[exit(Channel, a_test_says_so) || Channel <- rabbit_channel:list()].";
    broker.node().ctl(&["eval", kill]).await;
    assert_unavailable(&lost(&session).await, &["INTERNAL_ERROR"]);
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn an_exchange_that_was_deleted_ends_the_session_and_is_there_with_the_next_one() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    let publisher = publisher(broker.access(), &exchange);
    let first = connect(&publisher).await;
    let own = broker.access().connect().await.unwrap();
    let channel = own.create_channel().await.unwrap();
    channel
        .exchange_delete(exchange.as_str().into(), Default::default())
        .await
        .unwrap();
    assert_untroubled(&first).await;
    let failure = publish(&first, "key").await.unwrap_err();
    assert_unavailable(&failure, &[&exchange, "has been deleted"]);
    drop(first);
    let second = connect(&publisher).await;
    let unroutable = Receipt::Unroutable("NO_ROUTE (312)".to_owned());
    assert_eq!(publish(&second, "key").await.unwrap(), unroutable);
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_broker_that_ends_is_lost_at_once_and_had_again_when_it_is_back() {
    let mut broker = Broker::shared().await;
    let publisher = own(&mut broker);
    for is_killed in [false, true] {
        let session = connect(&publisher).await;
        if is_killed {
            broker.node().kill().await;
        } else {
            broker.node().stop().await;
        }
        assert_unavailable(&lost(&session).await, &["connection"]);
        drop(session);
        assert_unavailable(&refusal(&publisher).await, &["broker at"]);
        broker.node().start().await;
    }
    publish(&connect(&publisher).await, "key").await.unwrap();
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_session_that_is_closed_says_goodbye_and_one_that_is_dropped_does_not() {
    let mut broker = Broker::shared().await;
    let publisher = own(&mut broker);
    for (is_closed, abrupt) in [(true, 0), (false, 1)] {
        let before = abrupt_ends(broker.node()).await;
        let session = connect(&publisher).await;
        if is_closed {
            session.close().await;
        } else {
            drop(session);
        }
        assert_eq!(abrupt_ends(broker.node()).await - before, abrupt);
    }
}

/// How many clients have gone without a word, once all have gone.
async fn abrupt_ends(node: &Node) -> usize {
    let all_have_gone = async {
        while !node
            .ctl(&["list_connections", "name"])
            .await
            .trim()
            .is_empty()
        {}
    };
    in_time(all_have_gone).await;
    let log = node.log().await;
    log.matches("client unexpectedly closed TCP connection")
        .count()
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn the_broker_knows_whose_connection_it_is_and_how_often_it_has_to_be_heard_from() {
    let mut broker = Broker::shared().await;
    let publisher = own(&mut broker).heartbeat(std::time::Duration::from_secs(7));
    let _session = connect(&publisher).await;
    let columns = ["list_connections", "timeout", "client_properties"];
    let connections = broker.node().ctl(&columns).await;
    let row = connections
        .lines()
        .find(|row| row.contains("functions-core"));
    let row = row.unwrap_or_else(|| panic!("it is not among {connections}"));
    assert!(row.starts_with("7\t"), "{row}");
}
