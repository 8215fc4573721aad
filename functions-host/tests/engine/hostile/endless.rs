//! Guests that never end.

use std::time::Duration;

use functions_host::engine::{Limit, Limits};

use super::{assert_limit, attack_with};
use crate::bench::{Bench, binary, call, echo, output, pointer};

fn little_time(limits: &mut Limits) {
    limits.cpu_time = Duration::from_millis(50);
}

#[tokio::test]
async fn a_loop_in_run() {
    let outcome = attack_with(&pointer("(loop (br 0)) unreachable"), little_time).await;
    assert_limit(&outcome, Limit::CpuTime);
    assert!(
        outcome.usage.cpu_time >= Duration::from_millis(50),
        "{:?}",
        outcome.usage
    );
}

#[tokio::test]
async fn a_loop_in_allocate() {
    let wat = r#"(module (memory (export "memory") 1)
        (func (export "allocate") (param i32) (result i32) (loop (br 0)) unreachable)
        (func (export "run") (param i32 i32) (result i32) unreachable))"#;
    assert_limit(&attack_with(wat, little_time).await, Limit::CpuTime);
}

#[tokio::test]
async fn a_loop_in_the_start_function() {
    let wat = r#"(module (memory (export "memory") 1)
        (func $start (loop (br 0))) (start $start)
        (func (export "allocate") (param i32) (result i32) unreachable)
        (func (export "run") (param i32 i32) (result i32) unreachable))"#;
    assert_limit(&attack_with(wat, little_time).await, Limit::CpuTime);
}

#[tokio::test]
async fn a_loop_under_a_clock_on_the_wall() {
    let outcome = attack_with(&pointer("(loop (br 0)) unreachable"), |limits| {
        limits.wall_clock = Duration::from_millis(50);
    })
    .await;
    assert_limit(&outcome, Limit::WallClock);
}

#[tokio::test]
async fn a_loop_of_calls() {
    let wat = r#"(module (memory (export "memory") 1)
        (func $f (param i32) (result i32) (local.get 0))
        (func (export "allocate") (param i32) (result i32) (i32.const 0))
        (func (export "run") (param i32 i32) (result i32)
            (loop (drop (call $f (i32.const 1))) (br 0)) unreachable))"#;
    assert_limit(&attack_with(wat, little_time).await, Limit::CpuTime);
}

#[tokio::test]
async fn tail_calls_for_ever() {
    let wat = r#"(module (memory (export "memory") 1)
        (func (export "allocate") (param i32) (result i32) (i32.const 0))
        (func $run (export "run") (param i32 i32) (result i32)
            (return_call $run (local.get 1) (local.get 0))))"#;
    assert_limit(&attack_with(wat, little_time).await, Limit::CpuTime);
}

#[tokio::test]
async fn a_loop_of_slow_instructions() {
    let wat = pointer(
        "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0)) unreachable",
    );
    assert_limit(&attack_with(&wat, little_time).await, Limit::CpuTime);
}

#[tokio::test]
async fn recursion() {
    let wat = r#"(module (memory (export "memory") 1)
        (func (export "allocate") (param i32) (result i32) (i32.const 0))
        (func $run (export "run") (param i32 i32) (result i32)
            (i32.add (i32.const 1) (call $run (local.get 0) (local.get 1)))))"#;
    assert_limit(&attack_with(wat, |_| {}).await, Limit::Stack);
}

#[tokio::test]
async fn recursion_of_two_through_a_table() {
    let wat = r#"(module (memory (export "memory") 1)
        (type $t (func (param i32 i32) (result i32)))
        (table 2 funcref) (elem (i32.const 0) $run $other)
        (func (export "allocate") (param i32) (result i32) (i32.const 0))
        (func $run (export "run") (type $t)
            (i32.add (i32.const 1)
                (call_indirect (type $t) (local.get 0) (local.get 1) (i32.const 1))))
        (func $other (type $t)
            (i32.add (i32.const 1)
                (call_indirect (type $t) (local.get 0) (local.get 1) (i32.const 0)))))"#;
    assert_limit(&attack_with(wat, |_| {}).await, Limit::Stack);
}

#[tokio::test]
async fn recursion_in_the_start_function() {
    let wat = r#"(module (memory (export "memory") 1)
        (func $start (call $start) (call $start)) (start $start)
        (func (export "allocate") (param i32) (result i32) unreachable)
        (func (export "run") (param i32 i32) (result i32) unreachable))"#;
    assert_limit(&attack_with(wat, |_| {}).await, Limit::Stack);
}

#[tokio::test]
async fn frames_as_large_as_they_get() {
    // 1,000 results of one function have to lie somewhere.
    let locals = "(local i64)".repeat(5000);
    let gets: String = (2..5002)
        .map(|i| format!("(local.set {i} (i64.load (local.get 0)))"))
        .collect();
    let uses: String = (2..5002)
        .map(|i| format!("(i64.store (local.get 1) (local.get {i}))"))
        .collect();
    let wat = format!(
        r#"(module (memory (export "memory") 1)
        (func (export "allocate") (param i32) (result i32) (i32.const 0))
        (func $run (export "run") (param i32 i32) (result i32) {locals} {gets}
            (drop (call $run (local.get 0) (local.get 1))) {uses} (i32.const 0)))"#
    );
    assert_limit(&attack_with(&wat, |_| {}).await, Limit::Stack);
}

#[tokio::test]
async fn spinning_guests_on_every_thread_make_way_for_a_neighbour() {
    let bench = Bench::with(|config| {
        config.executions = 5;
        config.executions_per_tenant = 4;
        config.threads = 1;
    });
    let spin = bench
        .prepare(&binary(&pointer("(loop (br 0)) unreachable")))
        .await
        .unwrap();
    let well = bench.prepare(&binary(&echo())).await.unwrap();
    let mut spinning = Vec::new();
    for _ in 0..4 {
        let (engine, spin) = (bench.engine.clone(), spin.clone());
        spinning.push(tokio::spawn(async move {
            let mut call = call("spinner", "");
            call.limits.cpu_time = Duration::from_secs(3600);
            call.limits.wall_clock = Duration::from_secs(3600);
            engine.execute(&spin, call).await
        }));
    }
    // The loops would run for an hour: whatever ends before, ran between them.
    for _ in 0..50 {
        let outcome = bench
            .engine
            .execute(&well, call("neighbour", "hello"))
            .await
            .unwrap();
        assert_eq!(output(&outcome), "hello");
    }
    for guest in spinning {
        assert!(!guest.is_finished());
        guest.abort();
    }
    // The places of those who were called off come back.
    let outcome = bench
        .engine
        .execute(&well, call("spinner", "hello"))
        .await
        .unwrap();
    assert_eq!(output(&outcome), "hello");
}
