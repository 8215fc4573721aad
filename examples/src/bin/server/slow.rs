//! Functions that take their time.

use std::time::Duration;

use functions_core::function;
use schemars::JsonSchema;
use serde::Serialize;

/// However much there is to do, it is cut short after this.
const LONGEST: Duration = Duration::from_secs(2);

/// Pretends to process some items, one after the other.
#[function]
async fn process_data(
    /// How many items there are
    items: u32,
    /// How long each of them takes, in milliseconds
    #[arg(default = 100)]
    delay_ms: u32,
) -> Processed {
    let time = (Duration::from_millis(delay_ms.into()) * items).min(LONGEST);
    tracing::debug!(?time, "Processing");
    tokio::time::sleep(time).await;
    Processed {
        processed_items: items,
        delay_per_item_ms: delay_ms,
        total_time_s: time.as_secs_f64(),
        status: "completed",
        timestamp: now(),
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct Processed {
    processed_items: u32,
    delay_per_item_ms: u32,
    total_time_s: f64,
    status: &'static str,
    timestamp: String,
}

/// Waits, by default for longer than a function may take.
#[function]
async fn slow_operation(
    /// For how long, in seconds
    #[arg(default = 35.0)]
    duration: f64,
) -> Result<String, String> {
    let time = Duration::try_from_secs_f64(duration)
        .map_err(|_| format!("duration is {duration:?}; it must be seconds from 0 on"))?;
    tokio::time::sleep(time).await;
    Ok(format!("Operation completed after {duration:?} seconds"))
}

/// The time in UTC, to the microsecond.
pub(crate) fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.6f")
        .to_string()
}
