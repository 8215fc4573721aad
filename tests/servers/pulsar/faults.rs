//! A Pulsar that a test does harm to.

use functions_tests::pulsar::{Standalone, TENANT};

use super::lookup::broker_of;
use super::{entries, publish};

#[tokio::test]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn one_that_is_killed_or_stopped_comes_back_on_its_ports_with_what_was_published() {
    let mut pulsar = Standalone::launch().await;
    let (admin, url) = (pulsar.admin(), pulsar.admin_url());
    let namespace = format!("{TENANT}/acme");
    let topic = format!("{namespace}/orders");
    admin.create_namespace(&namespace).await.unwrap();
    admin.create_topic(&topic).await.unwrap();
    admin.create_subscription(&topic, "ours").await.unwrap();
    let answer = publish(&url, &topic, "one").await;
    assert!(answer.status.is_success(), "{answer:?}");

    pulsar.kill().await;
    admin.health().await.unwrap_err();
    pulsar.start().await;
    assert_eq!(entries(&admin, &topic, "ours").await, 1);
    let answer = publish(&url, &topic, "two").await;
    assert!(answer.status.is_success(), "{answer:?}");

    pulsar.stop().await;
    admin.health().await.unwrap_err();
    pulsar.start().await;
    assert_eq!(admin.namespaces(TENANT).await.unwrap(), [namespace]);
    assert_eq!(entries(&admin, &topic, "ours").await, 2);
}

#[tokio::test]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn two_know_nothing_of_each_other() {
    let (first, second) = tokio::join!(Standalone::launch(), Standalone::launch());
    let namespace = format!("{TENANT}/first");
    first.admin().create_namespace(&namespace).await.unwrap();
    assert_eq!(second.admin().namespaces(TENANT).await.unwrap(), [""; 0]);
    assert_ne!(first.url(), second.url());
    drop(second);
    first.admin().health().await.unwrap();
}

#[tokio::test]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn whoever_comes_by_the_proxy_is_sent_back_to_it() {
    let (pulsar, proxy) = Standalone::launch_behind_proxy().await;
    let namespace = format!("{TENANT}/acme");
    pulsar.admin().create_namespace(&namespace).await.unwrap();
    let topic = format!("persistent://{namespace}/orders");
    let by_proxy = format!("pulsar://{}", proxy.address());
    assert_eq!(broker_of(&topic, &by_proxy).await, by_proxy);
    assert_eq!(broker_of(&topic, &pulsar.url()).await, pulsar.url());
}
