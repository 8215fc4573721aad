//! Guests that look for what others left.

use crate::bench::{Bench, binary, call, output, pointer};

/// Fills all the memory it may have, and all of a table.
fn leaving() -> String {
    pointer(
        "(drop (memory.grow (i32.const 255)))
         (memory.fill (i32.const 0) (i32.const 0x5a) (i32.const 0x1000000))
         (table.fill 0 (i32.const 0) (ref.func $run) (i32.const 100))
         (i32.store8 (i32.const 9) (i32.const 0)) (i32.const 9)",
    )
    .replace(
        "(global",
        "(table 100 funcref) (elem declare func $run) (global",
    )
}

/// Answers with `0` if all of its memory and its table is empty.
fn looking(pages: u32) -> String {
    pointer(
        "(local $at i32) (local $found i64)
         (drop (memory.grow (i32.const 200)))
         (local.set $at (i32.const 8))
         (loop $next
            (local.set $found (i64.or (local.get $found) (i64.load (local.get $at))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $next (i32.lt_u (local.get $at) (i32.const 13000000))))
         (local.set $at (i32.const 0))
         (loop $next
            (if (i32.eqz (ref.is_null (table.get 0 (local.get $at))))
                (then (local.set $found (i64.const 1))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $at) (i32.const 100))))
         (i32.store8 (i32.const 0) (i32.add (i32.const 48) (i64.ne (local.get $found) (i64.const 0))))
         (i32.store8 (i32.const 1) (i32.const 0))
         (i32.const 0)",
    )
    .replace("(global", "(table 100 funcref) (global")
    .replace("\"memory\") 1)", &format!("\"memory\") {pages})"))
}

#[tokio::test]
async fn memory_and_tables_of_another_module_are_empty_when_they_are_used_again() {
    let bench = Bench::with(|config| {
        config.executions = 1;
        config.threads = 1;
    });
    let leaving = bench.prepare(&binary(&leaving())).await.unwrap();
    // Others as well as itself: a slot is given to the module that had it, if it is free.
    for pages in 1..12 {
        let outcome = bench
            .engine
            .execute(&leaving, call("one", ""))
            .await
            .unwrap();
        assert_eq!(output(&outcome), "");
        let looking = bench.prepare(&binary(&looking(pages))).await.unwrap();
        for _ in 0..3 {
            let outcome = bench
                .engine
                .execute(&looking, call("two", ""))
                .await
                .unwrap();
            assert_eq!(output(&outcome), "0");
        }
    }
}

#[tokio::test]
async fn a_table_is_what_its_module_says_each_time() {
    let wat = pointer(
        "(i32.store8 (i32.const 0) (i32.add (i32.const 48)
            (call_indirect (result i32) (i32.const 0))))
         (table.set 0 (i32.const 0) (ref.func $two))
         (i32.store8 (i32.const 1) (i32.const 0)) (i32.const 0)",
    )
    .replace(
        "(global",
        "(table 1 funcref) (elem (i32.const 0) $one) (elem declare func $two)
         (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2)) (global",
    );
    let bench = Bench::with(|config| config.executions = 1);
    let module = bench.prepare(&binary(&wat)).await.unwrap();
    for _ in 0..30 {
        let outcome = bench
            .engine
            .execute(&module, call("one", ""))
            .await
            .unwrap();
        assert_eq!(output(&outcome), "1");
    }
}
