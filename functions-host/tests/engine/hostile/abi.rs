//! Guests that lie about places and lengths.

use functions_host::engine::Limit;

use super::{assert_abi, assert_limit, attack, attack_with};
use crate::bench::{Bench, binary, call, output, pointer};

fn allocating(place: &str) -> String {
    format!(
        r#"(module (memory (export "memory") 1)
        (func (export "allocate") (param i32) (result i32) ({place}))
        (func (export "run") (param i32 i32) (result i32) (i32.const 0)))"#
    )
}

fn does_not_fit(place: u32) -> String {
    format!(
        "`allocate(5)` returned {place}, and that many bytes from there do not fit in its memory \
         of 65536 bytes"
    )
}

#[tokio::test]
async fn allocate_returns_a_place_outside() {
    let outcome = attack_with(&allocating("i32.const 65536"), |_| {}).await;
    assert_abi(&outcome, &does_not_fit(65536));
}

#[tokio::test]
async fn allocate_returns_a_place_whose_end_is_outside() {
    let outcome = attack_with(&allocating("i32.const 65532"), |_| {}).await;
    assert_abi(&outcome, &does_not_fit(65532));
}

#[tokio::test]
async fn allocate_returns_the_last_place_that_fits() {
    let outcome = attack_with(&allocating("i32.const 65531"), |_| {}).await;
    assert_eq!(output(&outcome), "");
}

#[tokio::test]
async fn allocate_returns_a_negative_place() {
    let outcome = attack_with(&allocating("i32.const -1"), |_| {}).await;
    assert_abi(&outcome, &does_not_fit(u32::MAX));
}

#[tokio::test]
async fn allocate_shows_where_the_sign_of_a_number_would_matter() {
    // 2 GiB and more are places as good as any, and this memory is too small for them.
    let outcome = attack_with(&allocating("i32.const 0x80000000"), |_| {}).await;
    assert_abi(&outcome, &does_not_fit(0x8000_0000));
}

#[tokio::test]
async fn an_input_larger_than_the_guest_made_room_for() {
    let bench = Bench::new();
    let module = bench
        .prepare(&binary(&allocating("i32.const 0")))
        .await
        .unwrap();
    let outcome = bench
        .engine
        .execute(&module, call("tenant", &"x".repeat(70_000)))
        .await
        .unwrap();
    assert_abi(
        &outcome,
        "`allocate(70000)` returned 0, and that many bytes from there do not fit in its memory of \
         65536 bytes",
    );
}

#[tokio::test]
async fn run_returns_a_place_outside() {
    for (place, shown) in [
        ("65536", "65536"),
        ("-1", "4294967295"),
        ("0x80000000", "2147483648"),
    ] {
        let outcome = attack(&format!("(i32.const {place})")).await;
        let text = "which lies outside of its memory of 65536 bytes";
        assert_abi(&outcome, &format!("`run` returned {shown}, {text}"));
    }
}

#[tokio::test]
async fn no_nul_byte_until_the_end_of_memory() {
    let outcome =
        attack("(memory.fill (i32.const 60000) (i32.const 97) (i32.const 5536)) (i32.const 60000)")
            .await;
    assert_abi(
        &outcome,
        "no NUL byte ends the output that `run` returned at 60000",
    );
}

#[tokio::test]
async fn no_nul_byte_in_all_of_a_large_memory() {
    let run = "(drop (memory.grow (i32.const 99)))
         (memory.fill (i32.const 0) (i32.const 97) (i32.const 6553600)) (i32.const 0)";
    assert_limit(&attack(run).await, Limit::Output);
}

#[tokio::test]
async fn an_output_as_large_as_allowed_and_one_byte_more() {
    let fill = |length: u32| {
        pointer(&format!(
            "(memory.fill (i32.const 0) (i32.const 97) (i32.const {length})) (i32.const 0)"
        ))
    };
    let outcome = attack_with(&fill(1000), |limits| limits.output = 1000).await;
    assert_eq!(output(&outcome), "a".repeat(1000));
    let outcome = attack_with(&fill(1001), |limits| limits.output = 1000).await;
    assert_limit(&outcome, Limit::Output);
}

#[tokio::test]
async fn the_last_byte_of_memory_is_an_empty_output() {
    let outcome = attack("(i32.const 65535)").await;
    assert_eq!(output(&outcome), "");
}

#[tokio::test]
async fn an_output_that_is_not_utf_8() {
    // "ab", and a byte that begins no character.
    let outcome = attack("(i32.store (i32.const 0) (i32.const 0x00ff6261)) (i32.const 0)").await;
    assert_abi(
        &outcome,
        "the output of `run` is not UTF-8: its byte 2 begins no character",
    );
}

#[tokio::test]
async fn an_output_that_is_cut_within_a_character() {
    let outcome = attack("(i32.store (i32.const 0) (i32.const 0x0000_82e2)) (i32.const 0)").await;
    assert_abi(
        &outcome,
        "the output of `run` is not UTF-8: its byte 0 begins no character",
    );
}

#[tokio::test]
async fn a_surrogate_and_an_overlong_form() {
    for bytes in ["0x00_80a0ed", "0x00_00afc0"] {
        let run = format!("(i32.store (i32.const 0) (i32.const {bytes})) (i32.const 0)");
        let outcome = attack(&run).await;
        assert_abi(
            &outcome,
            "the output of `run` is not UTF-8: its byte 0 begins no character",
        );
    }
}
