//! Users and what they may.

use functions_core::events::{Receipt, Session};
use functions_tests::Broker;
use functions_tests::broker::{Consumer, Node};

use super::super::{
    assert_refused, assert_untroubled, connect, lost, of, publish, publisher, refusal,
};

/// A user with permissions in the virtual host `/`: to configure, to write, to read.
async fn user(node: &Node, name: &str, permissions: [&str; 3]) {
    let [configure, write, read] = permissions;
    node.ctl(&["add_user", name, "correct horse"]).await;
    node.ctl(&["set_permissions", name, configure, write, read])
        .await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn who_is_not_known_or_has_another_password_is_not_let_in() {
    let broker = Broker::shared().await;
    let access = broker.access();
    for (name, password) in [("nobody", "cerebro123"), (&access.username, "wrong")] {
        let failure = refusal(&of(access, name, password)).await;
        assert_refused(&failure, &[name, "does not let user", "ACCESS_REFUSED"]);
        assert!(!failure.to_string().contains("wrong"), "{failure}");
    }
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_virtual_host_that_is_missing_or_closed_is_refused() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    broker.node().ctl(&["add_vhost", "closed"]).await;
    for (vhost, reason) in [
        ("missing", "vhost missing not found"),
        ("closed", "access to vhost 'closed' refused"),
    ] {
        let publisher = publisher(broker.access(), &exchange).vhost(vhost);
        let failure = refusal(&publisher).await;
        assert_refused(
            &failure,
            &["does not open virtual host", vhost, "cerebro", reason],
        );
    }
    broker.node().ctl(&["delete_vhost", "closed"]).await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn names_and_passwords_of_any_characters_are_known_by_the_broker() {
    let mut broker = Broker::shared().await;
    let odd = "p@ss:/%? ü";
    let node = broker.node();
    node.ctl(&["add_vhost", odd]).await;
    node.ctl(&["add_user", odd, odd]).await;
    node.ctl(&["set_permissions", "-p", odd, odd, ".*", ".*", ".*"])
        .await;
    let publisher = of(broker.access(), odd, odd).vhost(odd).exchange(odd);
    let session = connect(&publisher).await;
    let receipt = publish(&session, odd).await.unwrap();
    assert_eq!(receipt, Receipt::Unroutable("NO_ROUTE (312)".to_owned()));
    session.close().await;
    broker.node().ctl(&["delete_user", odd]).await;
    broker.node().ctl(&["delete_vhost", odd]).await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn who_may_not_declare_the_exchange_publishes_on_one_that_is_there() {
    let mut broker = Broker::shared().await;
    let (exchange, missing) = (broker.name("exchange"), broker.name("missing"));
    let mut consumer = Consumer::bound(broker.access(), &exchange, "#").await;
    user(broker.node(), "writer", ["^$", ".*", "^$"]).await;
    let writer = of(broker.access(), "writer", "correct horse");

    let session = connect(&writer.clone().exchange(&exchange)).await;
    assert_eq!(publish(&session, "key").await.unwrap(), Receipt::Delivered);
    assert_eq!(consumer.next().await.routing_key, "key");
    assert_untroubled(&session).await;
    session.close().await;

    let failure = refusal(&writer.exchange(&missing)).await;
    assert_refused(
        &failure,
        &[
            &missing,
            "there is no exchange",
            "\"writer\" may not declare",
        ],
    );
    broker.node().ctl(&["delete_user", "writer"]).await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn who_may_not_write_to_the_exchange_is_told_so_and_loses_the_session() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    user(broker.node(), "reader", [".*", "^$", ".*"]).await;
    let reader = of(broker.access(), "reader", "correct horse").exchange(&exchange);
    let session = connect(&reader).await;
    let failure = publish(&session, "key").await.unwrap_err();
    assert_refused(
        &failure,
        &["\"reader\" may not publish", &exchange, "permit"],
    );
    assert_refused(&lost(&session).await, &["\"reader\" may not publish"]);
    drop(session);
    broker.node().ctl(&["delete_user", "reader"]).await;
}
