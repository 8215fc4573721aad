//! Callers who go while they wait for their turn.

use super::{LIMITS, Ledger, executor, poll, request};
use crate::executor::{Limits, Overloaded};

const ONE: Limits = Limits {
    max_concurrency: 1,
    max_queue: 1,
    ..LIMITS
};

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_while_it_waits_leaves_its_place_in_the_queue() {
    let ledger = Ledger::default();
    let executor = executor(&ledger, ONE);
    let request = request("executor.yields", r#"{"times": 1}"#);
    let begin = || Box::pin(executor.begin(&request, Default::default));
    let first = begin().await.unwrap();
    for _ in 0..3 {
        let mut waiting = begin();
        assert!(poll(&mut waiting).await.is_pending());
        assert_eq!(begin().await.unwrap_err(), Overloaded);
        drop(waiting);
    }
    let mut last = begin();
    assert!(poll(&mut last).await.is_pending());
    first.await;
    last.await.unwrap().await;
    assert_eq!(ledger.counts(), [2, 2, 0, 0]);
    assert_eq!(executor.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_just_when_its_turn_comes_passes_it_on() {
    let ledger = Ledger::default();
    let limits = Limits {
        max_queue: 2,
        ..ONE
    };
    let executor = executor(&ledger, limits);
    let request = request("executor.yields", r#"{"times": 1}"#);
    let begin = || Box::pin(executor.begin(&request, Default::default));
    let first = begin().await.unwrap();
    let (mut second, mut third) = (begin(), begin());
    assert!(poll(&mut second).await.is_pending());
    assert!(poll(&mut third).await.is_pending());
    first.await;
    // The place is the second one's by now, and it has not heard of it yet.
    drop(second);
    third.await.unwrap().await;
    assert_eq!(ledger.counts(), [2, 2, 0, 0]);
    executor.drained().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_refuses_those_who_wait_only_once_all_is_done() {
    let ledger = Ledger::default();
    let executor = executor(&ledger, ONE);
    let request = request("executor.yields", r#"{"times": 1}"#);
    let begin = || Box::pin(executor.begin(&request, Default::default));
    let first = begin().await.unwrap();
    let mut waiting = begin();
    assert!(poll(&mut waiting).await.is_pending());
    let mut drained = Box::pin(executor.drained());
    assert!(poll(&mut drained).await.is_pending());
    first.await;
    waiting.await.unwrap().await;
    drained.await;
    assert_eq!(ledger.counts(), [2, 2, 0, 0]);
    assert_eq!(begin().await.unwrap_err(), Overloaded);
}
