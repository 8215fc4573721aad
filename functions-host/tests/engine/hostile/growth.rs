//! Guests that want more and more.

use functions_host::engine::{Limit, Refusal};

use super::{assert_limit, assert_trap, attack, attack_with};
use crate::bench::{Bench, output, pointer};

const NEVER_ENOUGH: &str = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))";

#[tokio::test]
async fn memory_page_by_page_until_it_traps() {
    let outcome = attack(&format!("{NEVER_ENOUGH} unreachable")).await;
    assert_limit(&outcome, Limit::Memory);
    assert_eq!(outcome.usage.memory, 16 << 20);
}

#[tokio::test]
async fn memory_page_by_page_and_content_with_what_there_is() {
    let outcome = attack(&format!("{NEVER_ENOUGH} (i32.const 0)")).await;
    assert_eq!(output(&outcome), "");
    assert_eq!(outcome.usage.memory, 16 << 20);
}

#[tokio::test]
async fn all_memory_at_once() {
    let outcome = attack("(if (i32.eq (memory.grow (i32.const 65535)) (i32.const -1)) (then unreachable)) (i32.const 0)").await;
    assert_limit(&outcome, Limit::Memory);
    assert_eq!(outcome.usage.memory, 64 << 10);
}

#[tokio::test]
async fn memory_past_its_own_maximum_is_its_own_mistake() {
    let wat = pointer(
        "(if (i32.eq (memory.grow (i32.const 9)) (i32.const -1)) (then unreachable)) (i32.const 0)",
    )
    .replace("\"memory\") 1)", "\"memory\") 1 2)");
    let outcome = attack_with(&wat, |_| {}).await;
    assert_limit_or_trap(&outcome);
    assert_eq!(outcome.usage.memory, 64 << 10);
}

#[track_caller]
fn assert_limit_or_trap(outcome: &functions_host::engine::Outcome) {
    assert!(outcome.result.is_err(), "{outcome:?}");
}

#[tokio::test]
async fn all_that_is_allowed_and_all_of_it_touched() {
    let outcome = attack(
        "(drop (memory.grow (i32.const 255)))
         (memory.fill (i32.const 0) (i32.const 1) (i32.const 16777216)) (i32.const 0)",
    )
    .await;
    assert_limit(&outcome, Limit::Output);
    assert_eq!(outcome.usage.memory, 16 << 20);
}

#[tokio::test]
async fn tables_element_by_element() {
    let wat = pointer(
        "(loop (br_if 0 (i32.ne (table.grow 0 (ref.null func) (i32.const 1000)) (i32.const -1))))
         unreachable",
    )
    .replace("(global", "(table 1 funcref) (global");
    assert_limit(&attack_with(&wat, |_| {}).await, Limit::Table);
}

#[tokio::test]
async fn four_gibibytes_in_the_beginning() {
    let wat = pointer("unreachable").replace("\"memory\") 1)", "\"memory\") 65536)");
    let refused = Bench::new().refusal(&wat).await;
    let text = "bytes of memory in the beginning: 4294967296 found, at most 1073741824 allowed";
    assert_eq!(refused.to_string(), text);
}

#[tokio::test]
async fn more_memory_in_the_beginning_than_the_execution_may_have() {
    let wat = pointer("unreachable").replace("\"memory\") 1)", "\"memory\") 1000)");
    let outcome = attack_with(&wat, |_| {}).await;
    assert_limit(&outcome, Limit::Memory);
    assert_eq!(outcome.usage.memory, 0);
}

#[tokio::test]
async fn more_elements_in_the_beginning_than_the_execution_may_have() {
    let wat = pointer("unreachable").replace("(global", "(table 50000 funcref) (global");
    assert_limit(&attack_with(&wat, |_| {}).await, Limit::Table);
}

#[tokio::test]
async fn a_table_of_four_billion() {
    let wat = pointer("unreachable").replace("(global", "(table 0xffffffff funcref) (global");
    let refused = Bench::new().refusal(&wat).await;
    assert!(
        matches!(
            refused,
            Refusal::Beyond {
                found: 0xffff_ffff,
                limit: 100_000,
                ..
            }
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn a_trap_that_has_nothing_to_do_with_a_limit_stays_a_trap() {
    let outcome = attack("(drop (memory.grow (i32.const 1))) unreachable").await;
    assert_trap(&outcome, "unreachable");
}
