//! Work that takes its time: deadlines, cancellation, blocking work, progress.
//!
//! A function that waits (for a network, a database, a timer) does so with `.await`,
//! and its thread serves others in the meantime. A function that computes, or calls
//! something that blocks, keeps its thread from all of them. Such work belongs on a
//! thread for blocking work: `tokio::task::spawn_blocking`.
//!
//! At the deadline the function's own future is dropped, wherever it waits. A blocking
//! thread cannot be dropped: it goes on until it looks at the cancellation token.

use std::time::Duration;

use functions_core::{CancellationToken, Context, FunctionServer, function};
use tracing::Span;

/// Counts the primes below a number, on a thread for blocking work.
#[function(timeout = "2m")]
async fn count_primes(context: &Context, below: u64) -> anyhow::Result<u64> {
    let cancelled = context.cancellation().clone();
    // What the other thread logs belongs to this execution as well.
    let span = Span::current();
    let work = move || span.in_scope(|| primes(below, &cancelled));
    Ok(tokio::task::spawn_blocking(work).await??)
}

#[derive(Debug, thiserror::Error)]
#[error("cancelled at {at}")]
struct Cancelled {
    at: u64,
}

fn primes(below: u64, cancelled: &CancellationToken) -> Result<u64, Cancelled> {
    let mut found = 0;
    for number in 2..below {
        if number.is_multiple_of(10_000) {
            if cancelled.is_cancelled() {
                tracing::warn!(number, found, "Giving up");
                return Err(Cancelled { at: number });
            }
            tracing::info!(number, found, "Counting");
        }
        if is_prime(number) {
            found += 1;
        }
    }
    Ok(found)
}

fn is_prime(number: u64) -> bool {
    let mut divisors = (2..).take_while(|divisor| divisor * divisor <= number);
    !divisors.any(|divisor| number.is_multiple_of(divisor))
}

/// Handles items one by one, as many as there is time for, and says how many. It stops
/// by itself while there is still time to answer.
#[function(timeout = "10s")]
async fn work_through(
    context: &Context,
    items: u64,
    /// How long an item takes, in milliseconds
    #[arg(default = 10)]
    item_ms: u64,
) -> u64 {
    let reserve = context.timeout() / 2;
    for done in 0..items {
        if context.time_left() < reserve {
            tracing::warn!(done, items, "Out of time; the rest is for another call");
            return done;
        }
        tokio::time::sleep(Duration::from_millis(item_ms)).await;
    }
    items
}

/// Starts a task beside itself, which has to be told when nobody waits any more.
#[function(timeout = "1s")]
async fn watch(context: Context, seconds: u64) -> anyhow::Result<&'static str> {
    let cancelled = context.cancellation().clone();
    let watching = tokio::spawn(async move {
        tokio::select! {
            () = cancelled.cancelled() => {
                tracing::info!(execution_id = context.execution_id(), "No longer watching");
                "cancelled"
            }
            () = tokio::time::sleep(Duration::from_secs(seconds)) => "nothing happened",
        }
    });
    Ok(watching.await?)
}

fn main() -> functions_core::Result<()> {
    FunctionServer::new().start()
}

#[cfg(test)]
mod tests {
    use super::primes;
    use functions_core::testing::Outcome;
    use functions_core::testing::{self, InProcess};
    use functions_core::{CancellationToken, FunctionServer};
    use serde_json::json;
    use std::time::Duration;

    #[tokio::test]
    async fn primes_are_counted_on_another_thread() {
        let found: u64 = testing::invoke("count_primes", json!({"below": 20_000}))
            .await
            .unwrap();
        assert_eq!(found, 2_262);
    }

    #[test]
    fn counting_ends_soon_after_it_is_cancelled() {
        let cancelled = CancellationToken::new();
        cancelled.cancel();
        let error = primes(u64::MAX, &cancelled).unwrap_err();
        assert_eq!(error.at, 10_000);
    }

    #[tokio::test]
    async fn a_function_that_watches_its_time_answers_before_the_deadline() {
        let server = FunctionServer::new().max_timeout(Duration::from_secs(1));
        let functions = InProcess::new(server).unwrap();
        let arguments = json!({"items": 1_000_000, "item_ms": 1});
        let done: u64 = functions.invoke("work_through", arguments).await.unwrap();
        assert!(done < 1_000_000);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_does_not_is_stopped_by_it() {
        let error = testing::invoke::<String>("watch", json!({"seconds": 60})).await;
        assert_eq!(error.unwrap_err().outcome(), Some(Outcome::TimedOut));
        let said: String = testing::invoke("watch", json!({"seconds": 0}))
            .await
            .unwrap();
        assert_eq!(said, "nothing happened");
    }
}
