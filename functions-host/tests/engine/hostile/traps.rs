//! Guests that break off, wherever they can.

use super::{assert_trap, attack, attack_with};
use crate::bench::pointer;

#[tokio::test]
async fn unreachable_in_run_names_the_functions() {
    let wat = pointer("(call $deep) (i32.const 0)")
        .replace("(global", "(func $deep unreachable) (global");
    let outcome = attack_with(&wat, |_| {}).await;
    assert_trap(
        &outcome,
        "`unreachable` instruction executed in `deep`, called by `run`",
    );
}

#[tokio::test]
async fn unreachable_in_allocate() {
    let wat = r#"(module (memory (export "memory") 1)
        (func (export "allocate") (param i32) (result i32) unreachable)
        (func (export "run") (param i32 i32) (result i32) unreachable))"#;
    assert_trap(&attack_with(wat, |_| {}).await, "in function 0");
}

#[tokio::test]
async fn unreachable_in_the_start_function() {
    let wat =
        pointer("(i32.const 0)").replace("(global", "(func $s unreachable) (start $s) (global");
    assert_trap(&attack_with(&wat, |_| {}).await, "in `s`");
}

#[tokio::test]
async fn division_by_zero() {
    let run = "(i32.div_u (local.get $in) (i32.sub (local.get $len) (local.get $len)))";
    assert_trap(&attack(run).await, "divide by zero");
}

#[tokio::test]
async fn a_quotient_that_does_not_fit() {
    let run = "(i32.div_s (i32.const 0x80000000) (i32.sub (i32.const 4) (local.get $len)))";
    assert_trap(&attack(run).await, "integer overflow");
}

#[tokio::test]
async fn a_number_that_is_none() {
    let run = "(i32.trunc_f64_u (f64.sqrt (f64.const -1)))";
    assert_trap(&attack(run).await, "invalid conversion to integer");
}

#[tokio::test]
async fn a_load_beyond_memory() {
    assert_trap(
        &attack("(i32.load (i32.const 65533))").await,
        "out of bounds memory access",
    );
}

#[tokio::test]
async fn a_load_with_the_largest_offset_there_is() {
    let run = "(i32.load offset=0xffffffff (i32.const 0xffffffff))";
    assert_trap(&attack(run).await, "out of bounds memory access");
}

#[tokio::test]
async fn a_store_beyond_memory() {
    let run = "(i64.store (i32.const -1) (i64.const 1)) (i32.const 0)";
    assert_trap(&attack(run).await, "out of bounds memory access");
}

#[tokio::test]
async fn a_copy_that_wraps_around() {
    let run = "(memory.copy (i32.const 0) (i32.const 16) (i32.const -1)) (i32.const 0)";
    assert_trap(&attack(run).await, "out of bounds memory access");
}

#[tokio::test]
async fn a_call_beyond_the_table() {
    let wat = pointer("(call_indirect (result i32) (i32.const 9))")
        .replace("(global", "(table 1 funcref) (global");
    assert_trap(&attack_with(&wat, |_| {}).await, "undefined element");
}

#[tokio::test]
async fn a_call_of_nothing() {
    let wat = pointer("(call_indirect (result i32) (i32.const 0))")
        .replace("(global", "(table 1 funcref) (global");
    assert_trap(&attack_with(&wat, |_| {}).await, "uninitialized element");
}

#[tokio::test]
async fn a_call_of_another_type() {
    let wat = pointer("(call_indirect (result i64) (i32.const 0)) drop (i32.const 0)").replace(
        "(global",
        "(table 1 funcref) (elem (i32.const 0) $run) (global",
    );
    assert_trap(
        &attack_with(&wat, |_| {}).await,
        "indirect call type mismatch",
    );
}
