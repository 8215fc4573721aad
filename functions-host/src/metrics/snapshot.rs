//! How things stand in a moment.

use std::cmp::Reverse;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// The name under which those are told of together who are not told of by name; no tenant
/// can be called that.
const OTHERS: &str = "*";

/// How things stand in a moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Whether requests are welcome.
    pub ready: bool,
    /// Whether requests come over the bus.
    pub bus_ready: bool,
    /// How many places that requests come from are connected, and how many are not.
    pub topics: (usize, usize),
    /// What each tenant has to do who has anything.
    pub tenants: Vec<(String, Standing)>,
    /// How many modules are ready in memory, and how many bytes they take.
    pub modules: (usize, u64),
    /// How often a module that was needed was in memory, on the disk, or had to be compiled.
    pub module_loads: ModuleLoads,
    /// How many requests over HTTP are being answered.
    pub http_requests: usize,
    /// How many executions that have ended other hosts cannot know of yet, and whether the
    /// history that they share is away.
    pub history: (u64, bool),
}

/// How often a module that was needed was where.
pub type ModuleLoads = [(&'static str, u64); 3];

/// What there is to do for a tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Requests that are not done, those included that some host has in hand.
    pub backlog: u64,
    /// Those that this host has in hand.
    pub in_flight: u64,
    /// Those that were given up and are kept.
    pub dead: u64,
}

type Label = [(&'static str, String); 1];
type Labelled = Family<Label, Gauge>;

impl Snapshot {
    /// Tells at most so many tenants by name, those with most to do, and the others together,
    /// though there are none: whoever adds all up is to find a number where nobody has
    /// anything to do.
    #[must_use]
    pub fn naming(mut self, most: usize) -> Self {
        let mut others = Vec::new();
        if self.tenants.len() > most {
            self.tenants
                .sort_by_key(|(_, standing)| Reverse((standing.backlog, standing.dead)));
            others = self.tenants.split_off(most);
        }
        let all = others
            .into_iter()
            .fold(Standing::default(), |all, (_, one)| Standing {
                backlog: all.backlog.saturating_add(one.backlog),
                in_flight: all.in_flight.saturating_add(one.in_flight),
                dead: all.dead.saturating_add(one.dead),
            });
        self.tenants.push((OTHERS.to_owned(), all));
        self
    }

    pub(super) fn registry(&self, prefix: &str) -> Registry {
        let mut registry = Registry::with_prefix(prefix);
        let mut one = |name: &str, help: &str, value: u64| {
            registry.register(name, help, gauge(value));
        };
        one("ready", "Whether /ready says yes", self.ready.into());
        one(
            "bus_ready",
            "Whether requests come over the bus",
            self.bus_ready.into(),
        );
        one(
            "http_requests",
            "Requests that are being answered",
            count(self.http_requests),
        );
        let (uncopied, is_away) = self.history;
        one(
            "history_uncopied",
            "Executions that ended here and are not in the history that hosts share yet",
            uncopied,
        );
        one(
            "history_away",
            "Whether the history that hosts share is away",
            is_away.into(),
        );
        let (modules, bytes) = self.modules;
        one(
            "modules",
            "Modules that are ready in memory",
            count(modules),
        );
        let help = "What these modules take";
        registry.register_with_unit("modules_size", help, Unit::Bytes, gauge(bytes));
        self.register_topics(&mut registry);
        self.register_tenants(&mut registry);
        let loads = Family::<Label, prometheus_client::metrics::counter::Counter>::default();
        for (from, many) in self.module_loads {
            let load = loads.get_or_create_owned(&[("from", from.to_owned())]);
            load.inc_by(many);
        }
        let help = "Modules that were needed, by where they were: memory, disk, compiler";
        registry.register("module_loads", help, loads);
        registry
    }

    fn register_topics(&self, registry: &mut Registry) {
        let topics = Labelled::default();
        let (connected, not) = self.topics;
        for (state, many) in [("connected", connected), ("disconnected", not)] {
            set(&topics, ("state", state), count(many));
        }
        let help = "Topics that are consumed, and that cannot be at the moment";
        registry.register("topics", help, topics);
    }

    fn register_tenants(&self, registry: &mut Registry) {
        let [backlog, in_flight, dead] = [(); 3].map(|()| Labelled::default());
        for (tenant, standing) in &self.tenants {
            let label = ("tenant_id", tenant.as_str());
            set(&backlog, label, standing.backlog);
            set(&in_flight, label, standing.in_flight);
            set(&dead, label, standing.dead);
        }
        let help = "Requests that are not done; on Pulsar those of all hosts";
        registry.register("backlog_requests", help, backlog);
        let help = "Requests that this host has in hand";
        registry.register("in_flight_requests", help, in_flight);
        let help = "Requests that were given up and are kept";
        registry.register("dead_letters", help, dead);
    }
}

fn set(family: &Labelled, (name, value): (&'static str, &str), to: u64) {
    let gauge = family.get_or_create_owned(&[(name, value.to_owned())]);
    gauge.set(i64::try_from(to).unwrap_or(i64::MAX));
}

fn gauge(value: u64) -> Gauge {
    let gauge: Gauge = Gauge::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    gauge
}

fn count(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}
