//! The end of an execution at every await: its caller goes, its time is over, or
//! the server stops.

use std::time::Duration;

use tokio::runtime;

use super::{LIMITS, Ledger, executor, poll, request};
use crate::executor::{Executor, Limits, Outcome, Running};
use crate::function;
use crate::protocol::properties::said;

const TIMES: usize = 6;

/// How often a function of so many awaits is polled.
const POLLS: usize = TIMES + 1;

/// An execution that was polled so many times.
async fn polled(executor: &Executor, polls: usize) -> Running {
    let arguments = format!(r#"{{"times": {TIMES}}}"#);
    let request = request("executor.yields", &arguments);
    let mut running = executor.begin(&request, Default::default).await.unwrap();
    for _ in 0..polls {
        assert!(poll(&mut running).await.is_pending());
    }
    running
}

#[tokio::test]
async fn a_caller_who_goes_at_any_await_stops_no_function() {
    for polls in 0..POLLS {
        let ledger = Ledger::default();
        let executor = executor(&ledger, LIMITS);
        let running = polled(&executor, polls).await;
        assert_eq!(ledger.steps(), polls.saturating_sub(1));
        drop(running);
        assert_eq!(executor.in_flight(), 1, "after {polls} polls");
        executor.drained().await;
        assert_eq!(ledger.counts(), [1, 1, 0, 0], "after {polls} polls");
        assert_eq!(ledger.steps(), TIMES);
        assert_eq!(executor.in_flight(), 0);
    }
}

#[tokio::test]
async fn a_caller_whose_task_is_ended_at_any_await_stops_no_function() {
    for polls in 0..POLLS {
        let ledger = Ledger::default();
        let executor = executor(&ledger, LIMITS);
        let running = polled(&executor, polls).await;
        let caller = tokio::spawn(running);
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        executor.drained().await;
        assert_eq!(ledger.counts(), [1, 1, 0, 0], "after {polls} polls");
        assert_eq!(executor.in_flight(), 0);
    }
}

#[tokio::test]
async fn a_caller_who_goes_with_the_answer_has_lost_nothing_but_the_answer() {
    let ledger = Ledger::default();
    let executor = executor(&ledger, LIMITS);
    let mut running = polled(&executor, POLLS - 1).await;
    assert!(poll(&mut running).await.is_ready());
    drop(running);
    executor.drained().await;
    assert_eq!(ledger.counts(), [1, 1, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_at_any_await_cancels_and_drops_the_function() {
    for steps in 0..=TIMES {
        let ledger = Ledger::default();
        let timeout = Duration::from_millis(steps as u64 * 1000 + 500);
        let executor = executor(&ledger, Limits { timeout, ..LIMITS });
        let arguments = format!(r#"{{"times": {TIMES}}}"#);
        let request = request("executor.sleeps", &arguments);
        let answer = executor.execute(&request, Default::default).await.unwrap();
        assert_eq!(executor.in_flight(), 0);
        assert_eq!(ledger.steps(), steps);
        if steps == TIMES {
            assert_eq!(answer.outcome, Outcome::Success);
            assert_eq!(ledger.counts(), [1, 1, 0, 0]);
            assert!(!ledger.is_cancelled());
        } else {
            assert_eq!(answer.outcome, Outcome::TimedOut);
            let error = said(&answer.body, "e").error.unwrap();
            assert_eq!(
                error,
                format!("Function 'executor.sleeps' execution timed out after {steps}.5 seconds")
            );
            assert_eq!(ledger.counts(), [1, 0, 1, 0]);
        }
        executor.drained().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_where_nobody_listens_any_more_ends_the_function_as_well() {
    let ledger = Ledger::default();
    let timeout = Duration::from_millis(2500);
    let executor = executor(&ledger, Limits { timeout, ..LIMITS });
    let request = request("executor.sleeps", r#"{"times": 6}"#);
    let running = executor.begin(&request, Default::default).await.unwrap();
    drop(running);
    executor.drained().await;
    assert_eq!((ledger.counts(), ledger.steps()), ([1, 0, 1, 0], 2));
}

#[test]
fn a_runtime_that_ends_at_any_await_cancels_and_drops_the_function() {
    for polls in 0..POLLS {
        for is_spawned in [false, true] {
            let ledger = Ledger::default();
            let executor = executor(&ledger, LIMITS);
            let runtime = runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap();
            let running = runtime.block_on(polled(&executor, polls));
            if is_spawned {
                runtime.spawn(running);
                drop(runtime);
            } else {
                drop(runtime);
                drop(running);
            }
            let begun = usize::from(polls > 0);
            assert_eq!(ledger.counts(), [begun, 0, begun, 0], "after {polls} polls");
            assert_eq!(executor.in_flight(), 0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_fires_the_cancellation_at_any_await() {
    for polls in 1..POLLS {
        let ledger = Ledger::default();
        let executor = executor(&ledger, LIMITS);
        let running = polled(&executor, polls).await;
        assert!(!ledger.is_cancelled());
        executor.cancel_all();
        assert!(ledger.is_cancelled());
        drop(running);
        executor.drained().await;
    }
}

/// Never has to wait, and so never lets its thread go of its own accord.
#[function(name = "executor.never_waits", timeout = "20ms")]
async fn never_waits() -> Result<(), String> {
    let semaphore = tokio::sync::Semaphore::new(1);
    let began = std::time::Instant::now();
    while began.elapsed() < Duration::from_secs(10) {
        let _permit = semaphore.acquire().await.map_err(|_| "closed")?;
    }
    Err("nobody stopped it".to_owned())
}

#[tokio::test]
async fn a_function_that_never_has_to_wait_ends_at_its_deadline_too() {
    let executor = executor(&Ledger::default(), LIMITS);
    let request = request("executor.never_waits", "{}");
    let answer = executor.execute(&request, Default::default).await.unwrap();
    assert_eq!(answer.outcome, Outcome::TimedOut);
}
