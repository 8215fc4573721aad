//! What loads measure: how many requests, in how much time, and how long each took.

use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;

/// Longer than a load waits for an answer.
const LONGEST: Duration = Duration::from_secs(20);

/// What loads have measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
    /// Of each request, in nanoseconds.
    latencies: Histogram<u64>,
}

impl Measured {
    /// Nothing yet.
    ///
    /// # Errors
    /// Never: the bounds of the histogram are sound.
    pub fn nothing() -> Result<Self> {
        let highest = u64::try_from(LONGEST.as_nanos())?;
        Ok(Self {
            elapsed: Duration::ZERO,
            latencies: Histogram::new_with_max(highest, 3)?,
        })
    }

    /// Takes in what a load has measured at another time.
    ///
    /// # Errors
    /// Never: all histograms have the same bounds.
    pub fn add(&mut self, other: &Self) -> Result<()> {
        self.elapsed += other.elapsed;
        self.latencies.add(&other.latencies)?;
        Ok(())
    }

    /// Counts one more answered request.
    pub(crate) fn record(&mut self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.latencies.saturating_record(nanoseconds);
    }

    /// Answered requests.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.latencies.len()
    }

    /// Answered requests per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.requests() as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency below which a share of the requests was, in microseconds.
    /// `quantile` is from 0 to 1.
    #[must_use]
    pub fn latency_us(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1e3
    }
}
