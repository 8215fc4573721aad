//! Those that are compared.

use std::time::{Duration, Instant};

use crate::bare;
use crate::broker::Broker;
use crate::counting::Counting;
use crate::ground::{Ground, consumes, ready};
use crate::java::Java;
use crate::process::{Process, cpu_time};
use crate::sending::fill;
use crate::server::Server;
use crate::wasm::echo;

/// What share of a round is not counted, so that all are under way.
const UNCOUNTED: usize = 10;

/// More than are needed until the code of Java is compiled.
const WARM_UP: usize = 60_000;

/// Has a host carry out as many at once as the others do.
pub(crate) const MANY: [&str; 6] = [
    "--max-in-flight",
    "1024",
    "--max-in-flight-per-tenant",
    "1024",
    "--pulsar-prefetch",
    "1000",
];

/// One of them, with a tenant of its own in the broker.
pub(crate) struct Contender {
    ground: Ground,
    kind: Kind,
    /// How many namespaces it has had.
    had: usize,
}

enum Kind {
    /// One host for all rounds: it finds new namespaces when it is asked to.
    Host(Server),
    /// A process for each round.
    Bare,
    /// Likewise, which has to warm up each time.
    Java(Java),
}

/// What was measured in a round.
pub(crate) struct Round {
    pub(crate) per_second: f64,
    /// CPU time for each request, in microseconds.
    pub(crate) cpu_us: Option<f64>,
}

impl Contender {
    pub(crate) async fn host(broker: &Broker, flags: &[&str]) -> Self {
        let ground = broker.ground().await;
        let host = host(&ground, flags);
        ready(&host).await;
        Self::new(ground, Kind::Host(host))
    }

    pub(crate) async fn bare(broker: &Broker) -> Self {
        Self::new(broker.ground().await, Kind::Bare)
    }

    /// Nothing, where there is no Java or what it runs.
    pub(crate) async fn java(broker: &Broker) -> Option<Self> {
        let java = Java::find()?;
        Some(Self::new(broker.ground().await, Kind::Java(java)))
    }

    fn new(ground: Ground, kind: Kind) -> Self {
        Self {
            ground,
            kind,
            had: 0,
        }
    }

    /// Namespaces that are there from now on, with nothing in them.
    pub(crate) async fn namespaces(&mut self, many: usize) -> Vec<String> {
        let mut namespaces = Vec::new();
        for _ in 0..many {
            let namespace = format!("n{}", self.had);
            self.had += 1;
            self.ground.make_namespace(&namespace).await;
            namespaces.push(namespace);
        }
        namespaces
    }

    pub(crate) fn ground(&self) -> &Ground {
        &self.ground
    }

    /// How long it takes to carry out requests of so many tenants that wait for it.
    pub(crate) async fn round(&mut self, tenants: usize, requests: usize) -> Round {
        let namespaces = self.namespaces(tenants).await;
        let warm_up = match self.kind {
            Kind::Java(_) => WARM_UP.max(requests),
            _ => requests / UNCOUNTED,
        };
        let all = warm_up + requests;
        fill(&self.ground, &namespaces, all).await;
        let text: &[u8] = match self.kind {
            Kind::Bare => b"xxx",
            _ => b"SUCCESS",
        };
        let until = all / tenants * tenants;
        let counting = Counting::of(&self.ground, &namespaces, text, [warm_up, until]).await;
        let begun = Running::begin(self, &namespaces);
        let (took, cpu) = begun.until(counting).await;
        let counted = (until - warm_up) as f64;
        Round {
            per_second: counted / took.as_secs_f64(),
            cpu_us: cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / counted),
        }
    }

    /// Has it carry out what comes in these namespaces, until what is returned is dropped.
    pub(crate) async fn serve(&mut self, namespaces: &[String]) -> Option<Process> {
        let served = Running::begin(self, namespaces).own;
        if let Kind::Host(host) = &self.kind {
            consumes(host, self.had).await;
        }
        served
    }
}

/// A contender at work.
struct Running {
    id: u32,
    own: Option<Process>,
}

impl Running {
    fn begin(contender: &Contender, namespaces: &[String]) -> Self {
        let own = match &contender.kind {
            Kind::Host(host) => {
                let asked = host.post("/api/v1/status/rescan", b"");
                assert_eq!(asked.status, 202, "{asked:?}");
                return Self {
                    id: host.id(),
                    own: None,
                };
            }
            Kind::Bare => bare::start(&contender.ground, namespaces),
            Kind::Java(java) => java.start(&contender.ground, namespaces),
        };
        Self {
            id: own.id(),
            own: Some(own),
        }
    }

    /// How long it takes between two marks, and how much CPU time.
    async fn until(self, mut counting: Counting) -> (Duration, Option<Duration>) {
        let from: Instant = counting.mark().await;
        let before = cpu_time(self.id);
        let until = counting.mark().await;
        let after = cpu_time(self.id);
        let cpu = before.zip(after).map(|(before, after)| after - before);
        drop(self.own);
        (until - from, cpu)
    }
}

/// A host that looks for namespaces when it is asked to.
pub(crate) fn host(ground: &Ground, flags: &[&str]) -> Server {
    let seldom = ["--pulsar-rescan-seconds", "86400"];
    let host = Server::with(&ground.arguments(&[&seldom[..], flags].concat()));
    let uploaded = host.upload("echo", &echo());
    assert_eq!(uploaded.status, 201, "{uploaded:?}");
    host
}
