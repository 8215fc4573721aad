//! What a host counts, in the text format of Prometheus.
//!
//! Two kinds. What has happened is [counted](Metrics) as it happens. How things stand is
//! looked at when somebody asks, and is a [`Snapshot`]: so nothing is told of a tenant or a
//! topic that is no more. No label has more values than is known beforehand, but for the
//! names of tenants, of which as many are told as the operator says.

mod labels;
mod snapshot;

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

pub use labels::Trigger;
use labels::{Ended, Started};
pub use snapshot::{ModuleLoads, Snapshot, Standing};

/// The media type of what is [written](Metrics::write).
pub const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// What all names begin with.
const PREFIX: &str = "functions_host";

/// From what most modules take to what they may take at most, in seconds.
const BUCKETS: [f64; 14] = [
    0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0,
];

/// The word for an execution that went well.
const SUCCEEDED: &str = "succeeded";

type Durations = Family<Started, Histogram, fn() -> Histogram>;

/// What has happened since the host began.
pub struct Metrics {
    registry: Registry,
    executions: Family<Ended, Counter>,
    durations: Durations,
    cpu_time: Family<Started, Counter<f64, std::sync::atomic::AtomicU64>>,
    put_back: Counter,
}

/// What an execution took.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// From its beginning to its end.
    pub duration: Duration,
    /// On a CPU.
    pub cpu_time: Duration,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let executions = Family::default();
        registry.register(
            "executions",
            "Executions that have ended, by what began them and how they ended",
            executions.clone(),
        );
        let durations = Durations::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register_with_unit(
            "execution_duration",
            "How long modules ran",
            Unit::Seconds,
            durations.clone(),
        );
        let cpu_time = Family::default();
        registry.register_with_unit(
            "execution_cpu_time",
            "How long modules ran on a CPU",
            Unit::Seconds,
            cpu_time.clone(),
        );
        let put_back = Counter::default();
        registry.register(
            "requests_put_back",
            "Attempts at requests that have to be made again later",
            put_back.clone(),
        );
        Self {
            registry,
            executions,
            durations,
            cpu_time,
            put_back,
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// An execution has ended: well, or with a fault that has a word; and what it took, where
    /// a module ran.
    pub fn ended(&self, trigger: Trigger, fault: Option<&str>, spent: Option<Spent>) {
        let outcome = labels::known(fault.unwrap_or(SUCCEEDED));
        self.executions
            .get_or_create(&Ended { trigger, outcome })
            .inc();
        if let Some(spent) = spent {
            let started = Started { trigger };
            let duration = spent.duration.as_secs_f64();
            self.durations.get_or_create(&started).observe(duration);
            let cpu_time = spent.cpu_time.as_secs_f64();
            self.cpu_time.get_or_create(&started).inc_by(cpu_time);
        }
    }

    /// A request has to be tried again later.
    pub fn put_back(&self) {
        self.put_back.inc();
    }

    /// All that has happened, and how things stand, as Prometheus reads it.
    #[must_use]
    pub fn write(&self, snapshot: &Snapshot) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = prometheus_text::encode(&mut text, &self.registry);
        let _ = prometheus_text::encode(&mut text, &snapshot.registry(PREFIX));
        text
    }
}

#[cfg(test)]
mod tests;
