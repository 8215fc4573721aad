//! Many requests, while hosts are killed and the broker goes and comes back.
//!
//! A few of them here, and a hundred thousand by `cargo xtask soak`, which says how many by
//! variables of the environment. What happens when is made up from a seed, which is printed:
//! each trouble has its place among the requests, whenever these are sent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use functions_tests::pulsar::Standalone;
use tokio::time::sleep;

use crate::contract::{REQUESTS, RETRIES};
use crate::ground::{Ground, consumes};
use crate::listener::Listener;
use crate::load::{Load, ended};
use crate::server::Server;
use crate::soon::{PATIENCE, soon};

/// A trouble comes up to so long after the request that it has its place behind, in
/// milliseconds: whatever hosts do at a time, they are killed while they do it.
const SOMETIME: u64 = 400;

/// How often it is looked how far all are.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    /// A host is killed.
    Host,
    /// The broker ends at once.
    Kill,
    /// The broker is asked to end.
    Stop,
}

/// What a run is of.
struct Terms {
    requests: usize,
    tenants: usize,
    hosts: usize,
    host_kills: usize,
    broker_restarts: usize,
    seed: u64,
}

impl Terms {
    fn read() -> Self {
        let number = |name: &str, default: u64| {
            let name = format!("FUNCTIONS_TEST_SOAK_{name}");
            match std::env::var(&name) {
                Ok(said) => said
                    .parse()
                    .unwrap_or_else(|_| panic!("{name} is {said:?}")),
                Err(_) => default,
            }
        };
        let count = |name, default| usize::try_from(number(name, default)).unwrap();
        Self {
            requests: count("REQUESTS", 1_500),
            tenants: count("TENANTS", 3).max(1),
            hosts: count("HOSTS", 2).max(1),
            host_kills: count("HOST_KILLS", 3),
            broker_restarts: count("BROKER_RESTARTS", 1),
            seed: number("SEED", fastrand::u64(..)),
        }
    }

    /// All troubles, each behind so many requests, in their order.
    fn troubles(&self, random: &mut fastrand::Rng) -> Vec<(usize, Trouble)> {
        let hosts = std::iter::repeat_n(Trouble::Host, self.host_kills);
        let brokers = (0..self.broker_restarts).map(|n| match n % 2 {
            0 => Trouble::Kill,
            _ => Trouble::Stop,
        });
        let all = hosts.chain(brokers);
        let mut troubles: Vec<_> = all
            .map(|trouble| (random.usize(..self.requests), trouble))
            .collect();
        troubles.sort_unstable();
        troubles
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn every_request_ends_once_whatever_is_killed_meanwhile() {
    let terms = Terms::read();
    let mut random = fastrand::Rng::with_seed(terms.seed);
    println!(
        "{} requests of {} tenants on {} hosts, {} kills of a host and {} ends of the broker, seed {}",
        terms.requests,
        terms.tenants,
        terms.hosts,
        terms.host_kills,
        terms.broker_restarts,
        terms.seed
    );
    let names: Vec<String> = (0..terms.tenants).map(|n| format!("t{n}")).collect();
    let namespaces: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut broker = Standalone::launch().await;
    let ground = Arc::new(Ground::own(&broker, &namespaces).await);
    let flags = ["--max-attempts", "1000", "--pulsar-rescan-seconds", "1"];
    let arguments = ground.arguments(&flags);
    for namespace in &namespaces {
        // A broker drops what nobody has a place before.
        Listener::to(&ground, namespace).await.close().await;
    }
    let mut hosts: Vec<Server> = (0..terms.hosts).map(|_| ground.host(&flags)).collect();
    let begun = Instant::now();
    let load = Load::of(terms.requests.div_ceil(terms.tenants), &ground, &namespaces);
    let mut largest = 0;
    for (behind, trouble) in terms.troubles(&mut random) {
        soon("so many were sent", async || {
            largest = largest.max(memory(&hosts));
            (load.stored() >= behind).then_some(())
        })
        .await;
        sleep(Duration::from_millis(random.u64(..SOMETIME))).await;
        let at = begun.elapsed().as_secs_f64();
        println!("{at:7.1} s: {trouble:?} behind {} requests", load.stored());
        match trouble {
            Trouble::Host => {
                let host = hosts.swap_remove(random.usize(..hosts.len()));
                hosts.push(host.killed_and_restarted_with(&arguments, |_| {}));
            }
            Trouble::Kill => {
                broker.kill().await;
                broker.start().await;
            }
            Trouble::Stop => {
                broker.stop().await;
                broker.start().await;
            }
        }
    }
    let sent = load.stop().await;
    let stored = begun.elapsed();
    carried_out(&ground, &namespaces, || {
        largest = largest.max(memory(&hosts))
    })
    .await;
    let done = begun.elapsed();
    for host in &hosts {
        consumes(host, namespaces.len()).await;
    }
    ended(&ground, &sent).await;
    println!(
        "sent within {:.0} s, done after {:.0} s; a host had {} MiB at most, and {} at the end",
        stored.as_secs_f64(),
        done.as_secs_f64(),
        largest >> 20,
        memory(&hosts) >> 20
    );
}

/// The bytes of the largest.
fn memory(hosts: &[Server]) -> u64 {
    let all = hosts.iter().filter_map(Server::resident);
    all.max().unwrap_or_default()
}

/// Waits until all is done, however long that takes while it goes on.
async fn carried_out(ground: &Ground, namespaces: &[&str], mut looked: impl FnMut()) {
    let (mut least, mut since) = (u64::MAX, Instant::now());
    while least > 0 {
        looked();
        let mut left = 0;
        for namespace in namespaces {
            left += ground.backlog(namespace, REQUESTS).await.unwrap_or(1);
            left += ground.backlog(namespace, RETRIES).await.unwrap_or_default();
        }
        if left < least {
            (least, since) = (left, Instant::now());
        }
        assert!(
            since.elapsed() < PATIENCE,
            "nothing goes on, and {left} are left"
        );
        sleep(LOOK).await;
    }
}
