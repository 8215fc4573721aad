//! Modules that mean harm. Each is a case of its own: the host lives, says what it was,
//! and runs the next module as if nothing had been.

mod abi;
mod bombs;
mod compilers;
mod endless;
mod growth;
mod neighbours;
mod random;
mod segments;
mod streams;
mod traps;

use functions_host::engine::{Fault, Limit, Limits, Outcome};

use crate::bench::{Bench, echo, fault, output, pointer};

/// Runs the body of a `run`, and then a module that is well.
async fn attack(run: &str) -> Outcome {
    attack_with(&pointer(run), |_| {}).await
}

async fn attack_with(wat: &str, change: impl FnOnce(&mut Limits)) -> Outcome {
    let bench = Bench::with(|config| {
        config.executions = 1;
        config.threads = 1;
    });
    let outcome = bench.run_within(wat, "input", change).await;
    let next = bench.run(&echo(), "and on it goes").await;
    assert_eq!(output(&next), "and on it goes");
    outcome
}

#[track_caller]
fn assert_limit(outcome: &Outcome, limit: Limit) {
    assert_eq!(fault(outcome), &Fault::Limit(limit));
}

#[track_caller]
fn assert_abi(outcome: &Outcome, text: &str) {
    let Fault::Abi(said) = fault(outcome) else {
        panic!("expected a broken rule, got {:?}", fault(outcome));
    };
    assert_eq!(said, text);
}

#[track_caller]
fn assert_trap(outcome: &Outcome, text: &str) {
    let Fault::Trap(said) = fault(outcome) else {
        panic!("expected a trap, got {:?}", fault(outcome));
    };
    assert!(said.contains(text), "{text:?} is not in {said:?}");
}
