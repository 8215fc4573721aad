//! Commands that write, wait and ask without end.

use std::time::Duration;

use functions_host::engine::Limit;

use super::{assert_limit, assert_trap, attack_with};
use crate::commands::command;

/// Writes 1,000 bytes to a stream, for ever.
fn flood(stream: u32) -> String {
    command(&format!(
        "(i32.store (i32.const 0) (i32.const 100)) (i32.store (i32.const 4) (i32.const 1000))
         (memory.fill (i32.const 100) (i32.const 97) (i32.const 1000))
         (loop (drop (call $write (i32.const {stream}) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0))"
    ))
}

#[tokio::test]
async fn a_flood_of_output() {
    let outcome = attack_with(&flood(1), |_| {}).await;
    assert_limit(&outcome, Limit::Output);
    assert_eq!(outcome.stdout.len(), 64 << 10);
}

#[tokio::test]
async fn a_flood_of_log() {
    let outcome = attack_with(&flood(2), |_| {}).await;
    assert_limit(&outcome, Limit::Log);
    assert_eq!(outcome.stderr.len(), 4 << 10);
    assert!(outcome.stdout.is_empty());
}

#[tokio::test]
async fn a_flood_of_lines() {
    let lines = command(
        "(i32.store (i32.const 0) (i32.const 100)) (i32.store (i32.const 4) (i32.const 3))
         (i32.store (i32.const 100) (i32.const 0x0a610a))
         (loop (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0))",
    );
    let outcome = attack_with(&lines, |limits| limits.log_lines = 5).await;
    assert_limit(&outcome, Limit::LogLines);
    assert_eq!(outcome.stderr, "\na\n\na\n\n");
    // A bound on bytes that is met before is told.
    let outcome = attack_with(&lines, |limits| limits.log = 4).await;
    assert_limit(&outcome, Limit::Log);
    // And lines of output are nobody's concern.
    let output = lines.replace("(call $write (i32.const 2)", "(call $write (i32.const 1)");
    let outcome = attack_with(&output, |limits| limits.log_lines = 5).await;
    assert_limit(&outcome, Limit::Output);
}

#[tokio::test]
async fn all_of_memory_in_one_write() {
    let wat = command(
        "(drop (memory.grow (i32.const 200)))
         (i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (i32.const 13000000))
         (loop (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0))",
    );
    let outcome = attack_with(&wat, |_| {}).await;
    assert_limit(&outcome, Limit::Output);
    assert_eq!(outcome.stdout.len(), 64 << 10);
}

#[tokio::test]
async fn a_write_of_what_lies_outside() {
    let wat = command(
        "(i32.store (i32.const 0) (i32.const -10)) (i32.store (i32.const 4) (i32.const 1000))
         (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))",
    );
    let outcome = attack_with(&wat, |_| {}).await;
    assert!(outcome.result.is_err(), "{outcome:?}");
    assert!(outcome.stdout.is_empty());
}

#[tokio::test]
async fn four_billion_buffers_in_one_write() {
    let wat = command(
        "(if (call $write (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 8)) (then unreachable))",
    );
    let outcome = attack_with(&wat, |_| {}).await;
    assert!(outcome.result.is_err(), "{outcome:?}");
}

#[tokio::test]
async fn a_sleep_of_an_hour_in_a_host_call() {
    // One subscription: a relative time on the monotonic clock.
    let wat = command(
        "(i32.store (i32.const 16) (i32.const 1))
         (i64.store (i32.const 24) (i64.const 3600000000000))
         (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))",
    );
    let outcome = attack_with(&wat, |limits| limits.wall_clock = Duration::from_millis(50)).await;
    assert_limit(&outcome, Limit::WallClock);
    assert!(
        outcome.usage.cpu_time < Duration::from_secs(1),
        "{:?}",
        outcome.usage
    );
}

#[tokio::test]
async fn four_billion_subscriptions_in_one_poll() {
    let wat = command(
        "(if (call $poll (i32.const 0) (i32.const 100) (i32.const -1) (i32.const 200)) (then unreachable))",
    );
    let outcome = attack_with(&wat, |limits| limits.wall_clock = Duration::from_secs(5)).await;
    assert!(outcome.result.is_err(), "{outcome:?}");
}

#[tokio::test]
async fn four_gibibytes_of_random_numbers() {
    let wat = command("(if (call $random (i32.const 0) (i32.const -1)) (then unreachable))");
    let outcome = attack_with(&wat, |_| {}).await;
    assert!(outcome.result.is_err(), "{outcome:?}");
}

#[tokio::test]
async fn a_trap_in_a_command_keeps_what_it_wrote() {
    let wat = command("(call $say (i32.const 2)) unreachable");
    let outcome = attack_with(&wat, |_| {}).await;
    assert_trap(&outcome, "unreachable");
    assert_eq!(outcome.stderr, "hello");
}
