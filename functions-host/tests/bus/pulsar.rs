//! The bus on Pulsar, put through what a bus promises. What it promises less of, or in
//! another way, is in `tests/pulsar`.

use std::collections::BTreeSet;
use std::time::Duration;

use functions_host::bus::pulsar::Namespaces;
use functions_host::bus::{Bus, Pulsar, PulsarConfig};
use futures_util::future::{self, BoxFuture, FutureExt as _};
use tokio::time::timeout;

use crate::admin::Admin;
use crate::ground::{Ground, IN_FLIGHT, completion, receive, request, submit};
use crate::promises;

struct Broker {
    admin: Admin,
    tenant: String,
}

impl Broker {
    fn new() -> Self {
        let admin = Admin::of_environment();
        let tenant = format!("bus-{}", uuid::Uuid::now_v7().simple());
        admin.make_tenant(&tenant);
        for namespace in ["a", "b", "c", "d", "few", "flood", "marker"] {
            admin.make_namespace(&tenant, namespace);
        }
        Self { admin, tenant }
    }

    fn open_with(&self, mut config: PulsarConfig) -> Box<dyn Bus> {
        config.tenant.clone_from(&self.tenant);
        config.namespaces = Namespaces::Listed(self.admin.url().parse().unwrap());
        config.first_delay = Duration::from_millis(50);
        Box::new(Pulsar::open(config))
    }
}

impl Ground for Broker {
    fn open(&self) -> BoxFuture<'_, Box<dyn Bus>> {
        async {
            let mut config = PulsarConfig::new(self.admin.service().parse().unwrap());
            config.in_flight_per_tenant = IN_FLIGHT;
            self.open_with(config)
        }
        .boxed()
    }

    fn advance(&self, _: Duration) {}
}

macro_rules! keeps {
    ($($promise:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs a Pulsar; run by cargo xtask test"]
            async fn $promise() {
                promises::$promise(&Broker::new()).await;
            }
        )*
    };
}

keeps! {
    what_was_submitted_is_delivered_as_it_was
    the_oldest_of_a_tenant_comes_first
    what_is_finished_never_comes_again
    what_is_dropped_without_a_word_comes_again
    what_is_given_up_is_listed_and_can_be_replayed_or_discarded
    a_tenant_who_has_its_share_in_hand_waits_and_others_do_not
    who_no_longer_waits_for_a_request_takes_none
    many_who_receive_at_once_each_get_another_request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn what_was_submitted_at_one_host_and_ends_at_another_is_heard() {
    let broker = Broker::new();
    let here = broker.open().await;
    submit(&*here, "a", "1").await;
    // Whatever is left of it here goes to the other host.
    here.stop();
    let there = broker.open().await;
    let (delivery, _) = receive(&*there).await;
    let mut told = completion(&delivery.request);
    told.execution_id = uuid::Uuid::now_v7();
    told.fault = Some("trap".into());
    delivery.finish(told.clone()).await.unwrap();
    assert_eq!(here.hear().await.unwrap(), told);
    here.close().await;
    there.close().await;
}

/// More together than a host asks for in advance, several times.
const TIMES: usize = 10;
const AT_ONCE: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn ends_that_are_told_in_batches_are_heard_all_of_them() {
    let broker = Broker::new();
    let mut config = PulsarConfig::new(broker.admin.service().parse().unwrap());
    config.in_flight_per_tenant = AT_ONCE;
    let bus = broker.open_with(config);
    for time in 0..TIMES {
        let ids = (0..AT_ONCE).map(|n| format!("{time}/{n}"));
        future::join_all(ids.map(|id| bus.submit(request("a", &id)))).await;
        let deliveries = future::join_all((0..AT_ONCE).map(|_| receive(&*bus))).await;
        // They are ready at the same time, so they go together.
        let ends = deliveries.into_iter().map(|(delivery, _)| async {
            let mut told = completion(&delivery.request);
            told.execution_id = uuid::Uuid::now_v7();
            let id = told.execution_id;
            delivery.finish(told).await.unwrap();
            id
        });
        let mut unheard: BTreeSet<_> = future::join_all(ends).await.into_iter().collect();
        let all = async {
            while !unheard.is_empty() {
                unheard.remove(&bus.hear().await.unwrap().execution_id);
            }
        };
        let all = timeout(Duration::from_secs(60), all).await;
        assert!(all.is_ok(), "{} were not heard", unheard.len());
    }
    bus.close().await;
}
