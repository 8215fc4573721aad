//! The broker is there, and says no.

use functions_tests::Broker;
use functions_tests::broker::{Access, Consumer};
use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, ExchangeDeleteOptions};

use super::{AGAIN, PUBLISHED, UNAVAILABLE, line, next_started, serves, trouble};
use crate::server;

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_wrong_password_is_told_without_it_until_it_is_the_right_one() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("password"));
    let node = broker.node();
    node.ctl(&["add_user", "newcomer", "another-secret"]).await;
    node.ctl(&["set_permissions", "newcomer", ".*", ".*", ".*"])
        .await;
    let newcomer = Access {
        username: "newcomer".to_owned(),
        password: "my-secret".to_owned(),
        ..access.clone()
    };
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;
    let server = server::start(&newcomer, &exchange, &[]).await;
    let why = trouble(&server).await;
    assert!(why.contains("\"newcomer\""), "{why}");
    serves(&server).await;
    node.ctl(&["change_password", "newcomer", "my-secret"])
        .await;
    next_started(&mut consumer).await;
    line(&server, AGAIN).await;
    assert_eq!(server::told(&server), [UNAVAILABLE, AGAIN]);
    let log = server.lines().concat();
    assert!(!log.contains("my-secret"), "{log}");
    node.ctl(&["delete_user", "newcomer"]).await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn an_unknown_virtual_host_is_told_until_it_is_there() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("vhost");
    let elsewhere = Access {
        vhost: "a b/c%".to_owned(),
        ..broker.access().clone()
    };
    let server = server::start(&elsewhere, &exchange, &[]).await;
    let why = trouble(&server).await;
    assert!(why.contains("\"a b/c%\""), "{why}");
    serves(&server).await;
    let node = broker.node();
    node.ctl(&["add_vhost", "a b/c%"]).await;
    node.ctl(&[
        "set_permissions",
        "-p",
        "a b/c%",
        "cerebro",
        ".*",
        ".*",
        ".*",
    ])
    .await;
    let mut consumer = Consumer::bound(&elsewhere, &exchange, "#").await;
    next_started(&mut consumer).await;
    line(&server, AGAIN).await;
    let told = server::told(&server);
    // The consumer may be later than the start.
    assert_eq!(told[0], UNAVAILABLE);
    let times = |what: &str| told.iter().filter(|line| *line == what).count();
    assert!(times(UNAVAILABLE) <= 2 && times(AGAIN) == 1, "{told:?}");
    node.ctl(&["delete_vhost", "a b/c%"]).await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn an_exchange_of_another_type_is_told_until_it_is_gone() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("fanout"));
    let connection = access.connect().await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let options = ExchangeDeclareOptions::default();
    let declared = channel.exchange_declare(
        exchange.as_str().into(),
        ExchangeKind::Fanout,
        options,
        Default::default(),
    );
    declared.await.unwrap();
    let server = server::start(&access, &exchange, &[]).await;
    let why = trouble(&server).await;
    assert!(why.contains("is not a durable topic exchange"), "{why}");
    serves(&server).await;
    let options = ExchangeDeleteOptions::default();
    let deleted = channel.exchange_delete(exchange.as_str().into(), options);
    deleted.await.unwrap();
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;
    next_started(&mut consumer).await;
    line(&server, AGAIN).await;
    assert_eq!(server::told(&server)[..1], [UNAVAILABLE]);
    let told = server::told(&server).concat();
    assert_eq!(told.matches(UNAVAILABLE).count(), 1, "{told}");
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn events_go_over_tls_to_a_broker_that_is_trusted_and_to_no_other() {
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("tls"));
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;
    let server = server::with(access.tls_environment(), &exchange, &[]).await;
    next_started(&mut consumer).await;
    line(&server, PUBLISHED).await;

    let mut untrusting = access.tls_environment();
    untrusting.retain(|(name, _)| *name != "CRBR_FUNCTIONS_RABBITMQ_CA_FILE");
    let server = server::with(untrusting, &exchange, &[]).await;
    let why = trouble(&server).await;
    assert!(
        why.contains("is not trusted") || why.contains("no certificates"),
        "{why}"
    );
    serves(&server).await;
}
