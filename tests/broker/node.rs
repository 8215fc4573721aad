//! The node that the other tests lean on.

use functions_tests::Broker;
use functions_tests::broker::{Access, Consumer, Node, make};
use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;

/// What the contract calls the queue of an event.
fn queue(event: &str) -> String {
    format!("event.metatwin-functions.function.deployment.{event}")
}

async fn publish(consumer: &Consumer, exchange: &str, key: &str, body: &str) {
    let options = BasicPublishOptions::default();
    let properties = BasicProperties::default();
    let (exchange, key) = (exchange.into(), key.into());
    let channel = consumer.channel();
    let published = channel.basic_publish(exchange, key, options, body.as_bytes(), properties);
    published.await.unwrap().await.unwrap();
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn what_is_published_by_the_contract_comes_into_its_queue() {
    let broker = Broker::shared().await;
    for event in ["started", "healthy", "stopped"] {
        let queue = queue(event);
        let mut consumer = Consumer::of(broker.access(), &queue).await;
        for key in [format!("routing.{queue}"), format!("routing.{queue}.more")] {
            publish(&consumer, "event.exchange", &key, r#"{"deploymentId":"7"}"#).await;
            let delivered = consumer.next().await;
            assert_eq!(delivered.exchange, "event.exchange");
            assert_eq!(delivered.routing_key, key);
            assert_eq!(delivered.json()["deploymentId"], "7");
        }
        consumer.close().await;
    }
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn the_exchange_and_the_queues_of_the_contract_are_durable() {
    let mut broker = Broker::shared().await;
    let node = broker.node();
    let exchanges = node
        .ctl(&["list_exchanges", "name", "type", "durable"])
        .await;
    let exchange = |line: &str| line == "event.exchange\ttopic\ttrue";
    assert!(exchanges.lines().any(exchange), "{exchanges}");
    let queues = node.ctl(&["list_queues", "name", "durable"]).await;
    for event in ["started", "healthy", "stopped"] {
        let expected = format!("{}\ttrue", queue(event));
        assert!(queues.lines().any(|line| line == expected), "{queues}");
    }
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn nobody_but_the_user_of_the_contract_comes_in() {
    let mut broker = Broker::shared().await;
    let users = broker.node().ctl(&["list_users"]).await;
    assert_eq!(users.trim(), "user\ttags\ncerebro\t[administrator]");
    let access = broker.access().clone();
    access.connect().await.unwrap();
    for (username, password) in [("guest", "guest"), ("cerebro", "guest")] {
        let stranger = Access {
            username: username.to_owned(),
            password: password.to_owned(),
            ..access.clone()
        };
        let error = stranger.connect().await.unwrap_err().to_string();
        assert!(error.contains("ACCESS_REFUSED"), "{error}");
    }
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn over_tls_a_node_shows_a_certificate_of_its_own_authority() {
    let broker = Broker::shared().await;
    let access = broker.access();
    access.connect_tls().await.unwrap();
    let mut mistaken = access.clone();
    // A certificate, but not of the authority that vouches for this node.
    let tls = mistaken.tls.as_mut().unwrap();
    tls.ca_file = tls.ca_file.with_file_name("server.pem");
    mistaken.connect_tls().await.unwrap_err();
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_killed_node_comes_back_on_its_ports_with_its_durable_queues() {
    let mut broker = Broker::shared().await;
    let access = broker.access().clone();
    let (exchange, queue) = (broker.name("exchange"), broker.name("queue"));
    let mut consumer = Consumer::durable(&access, &queue, &exchange, "#").await;

    broker.node().kill().await;
    access.connect().await.unwrap_err();
    consumer.try_next().await.unwrap_err();

    broker.node().start().await;
    let mut consumer = Consumer::of(&access, &queue).await;
    publish(&consumer, &exchange, "key", "{}").await;
    assert_eq!(consumer.next().await.routing_key, "key");
    access.connect_tls().await.unwrap();
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_node_that_is_stopped_lets_go_of_its_clients_and_starts_again() {
    let mut broker = Broker::shared().await;
    let access = broker.access().clone();
    let exchange = broker.name("exchange");
    let mut consumer = Consumer::bound(&access, &exchange, "#").await;

    broker.node().stop().await;
    consumer.try_next().await.unwrap_err();
    access.connect().await.unwrap_err();

    broker.node().start().await;
    Consumer::bound(&access, &exchange, "#").await;
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn two_nodes_know_nothing_of_each_other() {
    let mut broker = Broker::shared().await;
    let first = broker.node();
    let second = Node::launch(&make().unwrap()).await;
    first.ctl(&["add_vhost", "first"]).await;
    let vhosts = first.ctl(&["list_vhosts"]).await;
    assert_eq!(vhosts.lines().count(), 3, "{vhosts}");
    assert_eq!(second.ctl(&["list_vhosts"]).await.trim(), "name\n/");
    first.ctl(&["delete_vhost", "first"]).await;
    assert_ne!(first.access(), second.access());

    drop(second);
    first.access().connect().await.unwrap();
}

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_test_that_fails_leaves_the_next_one_a_node_that_is_well() {
    const ASKED: [&str; 2] = ["eval", "vm_memory_monitor:get_vm_memory_high_watermark()."];
    let well = Broker::shared().await.node().ctl(&ASKED).await;
    let failed = tokio::spawn(async {
        let mut broker = Broker::shared().await;
        let node = broker.node();
        node.ctl(&["set_vm_memory_high_watermark", "0.00001"]).await;
        panic!("{}", node.ctl(&ASKED).await);
    });
    let panic = failed.await.unwrap_err().into_panic();
    assert_ne!(panic.downcast_ref::<String>(), Some(&well));
    assert_eq!(Broker::shared().await.node().ctl(&ASKED).await, well);
}
