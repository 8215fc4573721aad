//! Two servers side by side.
//!
//! A pair is one process of each server. They live side by side and are loaded in
//! short turns, where who goes first alternates, so that a machine that is slow for
//! a second harms both alike. A ratio is taken within each pair, and the goals look
//! at the median of the ratios; how far these are apart tells what it is worth.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::{Value, json};

use crate::load::{Load, Until};
use crate::measured::Measured;
use crate::report::Table;
use crate::server::{Output, Program, Server};
use crate::settings::Settings;
use crate::statistics::Summary;
use crate::usage::cpu_time;

const WARM_UP: Duration = Duration::from_secs(1);
const TURN: Duration = Duration::from_millis(100);

/// One run of each server.
#[derive(Serialize)]
pub struct Pair {
    baseline: Run,
    subject: Run,
}

impl Pair {
    /// Measures as many pairs as are set, one after the other.
    ///
    /// # Errors
    /// As [`measure`](Self::measure).
    pub fn measure_all(settings: &Settings, output: Output) -> Result<Vec<Self>> {
        (0..settings.pairs)
            .map(|_| Self::measure(settings, output))
            .collect()
    }

    /// Loads both in turns.
    ///
    /// # Errors
    /// One of them does not start, or answers wrongly.
    pub fn measure(settings: &Settings, output: Output) -> Result<Self> {
        let mut baseline = Turns::begin(&settings.baseline, output, settings)?;
        let mut subject = Turns::begin(&settings.subject, output, settings)?;
        let mut baseline_first = true;
        while baseline.loaded < settings.duration {
            if baseline_first {
                baseline.take()?;
                subject.take()?;
            } else {
                subject.take()?;
                baseline.take()?;
            }
            baseline_first = !baseline_first;
        }
        Ok(Self {
            baseline: baseline.end(),
            subject: subject.end(),
        })
    }
}

/// A server that runs, and what has been measured of it.
struct Turns<'a> {
    program: &'a Program,
    server: Server,
    load: Load,
    cpu_before: Option<Duration>,
    loaded: Duration,
    measured: Measured,
}

impl<'a> Turns<'a> {
    fn begin(program: &'a Program, output: Output, settings: &Settings) -> Result<Self> {
        let start = || {
            let mut server = Server::spawn(program, output)?;
            drop(server.connect()?);
            let call = program.call.clone();
            let mut load = Load::open(server.address(), call, settings.connections)?;
            load.run(Until::Elapsed(WARM_UP))?;
            Ok(Self {
                program,
                cpu_before: cpu_time(server.pid()),
                server,
                load,
                loaded: Duration::ZERO,
                measured: Measured::nothing()?,
            })
        };
        let started: Result<Self> = start();
        started.with_context(|| format!("the start of {}", program.name))
    }

    fn take(&mut self) -> Result<()> {
        let measured = self.load.run(Until::Elapsed(TURN));
        let measured = measured.with_context(|| format!("{} under load", self.program.name))?;
        self.loaded += TURN;
        self.measured.add(&measured)
    }

    fn end(self) -> Run {
        let cpu = cpu_time(self.server.pid())
            .zip(self.cpu_before)
            .map_or(f64::NAN, |(after, before)| {
                after.saturating_sub(before).as_secs_f64()
            });
        Run {
            requests_per_second: self.measured.rate(),
            p50_us: self.measured.latency_us(0.5),
            p99_us: self.measured.latency_us(0.99),
            p999_us: self.measured.latency_us(0.999),
            cpu_us: cpu * 1e6 / self.measured.requests() as f64,
        }
    }
}

#[derive(Clone, Copy, Serialize)]
struct Run {
    requests_per_second: f64,
    p50_us: f64,
    p99_us: f64,
    p999_us: f64,
    /// CPU time of the server per request. NaN where the system does not tell it.
    cpu_us: f64,
}

impl Run {
    fn figures(self) -> [f64; 5] {
        [
            self.requests_per_second,
            self.p50_us,
            self.p99_us,
            self.p999_us,
            self.cpu_us,
        ]
    }
}

/// What comes of all pairs, in the order of `Run::figures`.
#[derive(Serialize)]
pub struct Outcome {
    baseline: [Summary; 5],
    subject: [Summary; 5],
    ratio: [Summary; 5],
}

const HEADS: [&str; 6] = [
    "",
    "requests/s",
    "p50 µs",
    "p99 µs",
    "p99.9 µs",
    "CPU µs/request",
];
const PRECISION: [usize; 5] = [0, 0, 0, 0, 2];

/// What both were loaded with.
#[must_use]
pub fn load(settings: &Settings) -> Value {
    json!({"connections": settings.connections, "seconds": settings.duration.as_secs()})
}

impl Outcome {
    /// Sums pairs up.
    #[must_use]
    pub fn of(pairs: &[Pair]) -> Self {
        let summary = |figures: &dyn Fn(&Pair) -> [f64; 5]| {
            let rows: Vec<_> = pairs.iter().map(figures).collect();
            std::array::from_fn(|column| {
                Summary::of(rows.iter().filter_map(|row| row.get(column).copied()))
            })
        };
        Self {
            baseline: summary(&|pair| pair.baseline.figures()),
            subject: summary(&|pair| pair.subject.figures()),
            ratio: summary(&|pair| {
                let (baseline, subject) = (pair.baseline.figures(), pair.subject.figures());
                let mut both = subject.into_iter().zip(baseline);
                [(); 5].map(|()| both.next().map_or(f64::NAN, |(of, to)| of / to))
            }),
        }
    }

    /// The figures as a table; `kind` says where the logs go.
    #[must_use]
    pub fn table(&self, settings: &Settings, kind: &str) -> Table {
        let title = format!(
            "standard output to a {kind}, {} connections, {} pairs of {} s: median (least … greatest)",
            settings.connections,
            settings.pairs,
            settings.duration.as_secs()
        );
        let mut table = Table::new(title, &HEADS);
        let absolute = |figures: [Summary; 5]| {
            let figures = figures.into_iter().zip(PRECISION);
            figures.map(|(figure, digits)| format!("{figure:.digits$}"))
        };
        table.row(&settings.baseline.name, absolute(self.baseline));
        table.row(&settings.subject.name, absolute(self.subject));
        table.row("ratio", self.ratio.map(|ratio| ratio.to_string()));
        table
    }

    /// All figures, for those who compute.
    ///
    /// # Errors
    /// Never: they are numbers.
    pub fn figures(&self, pairs: &[Pair]) -> Result<Value> {
        Ok(json!({"summary": serde_json::to_value(self)?, "pairs": serde_json::to_value(pairs)?}))
    }

    /// The ratio of the requests per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let [rate, ..] = self.ratio;
        rate.median
    }

    /// The ratio of the 99th percentile of the latencies.
    #[must_use]
    pub fn p99(&self) -> f64 {
        let [_, _, p99, ..] = self.ratio;
        p99.median
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Pair, Run};

    #[test]
    fn a_ratio_is_taken_within_its_pair() {
        let run = |requests_per_second| Run {
            requests_per_second,
            p50_us: 1.0,
            p99_us: 2.0,
            p999_us: 3.0,
            cpu_us: f64::NAN,
        };
        // The machine was twice as fast in the second pair.
        let pairs = [(100.0, 90.0), (200.0, 180.0)].map(|(baseline, subject)| Pair {
            baseline: run(baseline),
            subject: run(subject),
        });
        let outcome = Outcome::of(&pairs);
        let [rate, _, p99, _, cpu] = outcome.ratio;
        assert!((rate.min - 0.9).abs() < 1e-9 && (rate.max - 0.9).abs() < 1e-9);
        assert!((p99.median - 1.0).abs() < 1e-9);
        assert!(cpu.median.is_nan());
        assert!((outcome.rate() - 0.9).abs() < 1e-9 && (outcome.p99() - 1.0).abs() < 1e-9);
    }
}
