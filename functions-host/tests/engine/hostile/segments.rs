//! Segments that lie outside of what they are written into.

use super::{assert_trap, attack_with};
use crate::bench::{Bench, pointer};

async fn refused(part: &str) -> String {
    let wat = pointer("(i32.const 0)").replace("(global", &format!("{part} (global"));
    Bench::new().refusal(&wat).await.to_string()
}

#[tokio::test]
async fn data_beyond_memory() {
    assert_eq!(
        refused(r#"(data (i32.const 65534) "abc")"#).await,
        "data segment 0 ends at 65537, which lies outside of the 65536 of its memory"
    );
}

#[tokio::test]
async fn data_at_a_negative_place() {
    assert_eq!(
        refused(r#"(data (i32.const 0) "") (data (i32.const -1) "a")"#).await,
        "data segment 1 ends at 4294967296, which lies outside of the 65536 of its memory"
    );
}

#[tokio::test]
async fn elements_beyond_the_table() {
    assert_eq!(
        refused("(table 2 funcref) (elem (i32.const 1) $run $run)").await,
        "element segment 0 ends at 3, which lies outside of the 2 of its table"
    );
}

#[tokio::test]
async fn data_at_a_place_that_shows_at_run_time_only() {
    let part = r#"(data (i32.add (i32.const 65530) (i32.const 5)) "ab") (global"#;
    let wat = pointer("(i32.const 0)").replace("(global", part);
    assert_trap(
        &attack_with(&wat, |_| {}).await,
        "out of bounds memory access",
    );
}

#[tokio::test]
async fn data_that_is_copied_from_beyond_a_segment() {
    let wat = pointer("(memory.init $d (i32.const 0) (i32.const 2) (i32.const 9)) (i32.const 0)")
        .replace("(global", r#"(data $d "abc") (global"#);
    assert_trap(
        &attack_with(&wat, |_| {}).await,
        "out of bounds memory access",
    );
}
