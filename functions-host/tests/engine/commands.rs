//! WASI preview 1 commands.

use functions_host::engine::{Abi, Fault};

use crate::bench::{Bench, binary, call, fault, output};

/// A command around the body of `_start`, with four pages less than its functions need.
/// `$say` writes `hello` to a stream.
pub(crate) fn command(start: &str) -> String {
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write"
                (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_read"
                (func $read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "poll_oneoff"
                (func $poll (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "random_get"
                (func $random (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (import "wasi_snapshot_preview1" "environ_sizes_get"
                (func $environ (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_prestat_get"
                (func $prestat (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "clock_time_get"
                (func $clock (param i32 i64 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 512) "hello")
            (func $say (param $stream i32)
                (i32.store (i32.const 0) (i32.const 512))
                (i32.store (i32.const 4) (i32.const 5))
                (drop (call $write (local.get $stream) (i32.const 0) (i32.const 1) (i32.const 8))))
            (func (export "_start") {start}))"#
    )
}

#[tokio::test]
async fn a_command_reads_the_input_and_writes_the_output() {
    let echo = command(
        "(i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 50))
         (loop $more
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (if (i32.load (i32.const 8)) (then
                (i32.store (i32.const 16) (i32.const 1024))
                (i32.store (i32.const 20) (i32.load (i32.const 8)))
                (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))
                (br $more))))",
    );
    let bench = Bench::new();
    assert_eq!(
        bench.engine.inspect(&binary(&echo), "run").unwrap().abi,
        Abi::Command
    );
    let input = "0123456789".repeat(33);
    let outcome = bench.run(&echo, &input).await;
    assert_eq!(output(&outcome), input);
    assert_eq!(outcome.stdout, input);
    assert!(outcome.stderr.is_empty());
}

#[tokio::test]
async fn the_error_stream_is_kept_apart() {
    let wat = command("(call $say (i32.const 2)) (call $say (i32.const 1))");
    let outcome = Bench::new().run(&wat, "").await;
    assert_eq!(
        (output(&outcome), &*outcome.stderr),
        ("hello", &b"hello"[..])
    );
}

#[tokio::test]
async fn a_status_other_than_zero_is_a_fault_and_both_streams_are_kept() {
    let wat =
        command("(call $say (i32.const 1)) (call $say (i32.const 2)) (call $exit (i32.const 3))");
    let outcome = Bench::new().run(&wat, "").await;
    assert_eq!(fault(&outcome), &Fault::Exit { code: 3 });
    assert_eq!(
        (&*outcome.stdout, &*outcome.stderr),
        (&b"hello"[..], &b"hello"[..])
    );
}

#[tokio::test]
async fn a_status_of_zero_is_a_good_end() {
    let wat = command("(call $say (i32.const 1)) (call $exit (i32.const 0)) unreachable");
    assert_eq!(output(&Bench::new().run(&wat, "").await), "hello");
}

#[tokio::test]
async fn a_command_has_no_environment_and_no_folder_but_clocks_and_random_numbers() {
    // EBADF is 8. The clocks and the random numbers are there, and not zero.
    let wat = command(
        "(drop (call $environ (i32.const 0) (i32.const 4)))
         (if (i32.load (i32.const 0)) (then unreachable))
         (if (i32.ne (call $prestat (i32.const 3) (i32.const 0)) (i32.const 8)) (then unreachable))
         (if (call $clock (i32.const 0) (i64.const 1) (i32.const 16)) (then unreachable))
         (if (i64.eqz (i64.load (i32.const 16))) (then unreachable))
         (if (call $random (i32.const 16) (i32.const 8)) (then unreachable))
         (if (i64.eqz (i64.load (i32.const 16))) (then unreachable))",
    );
    assert_eq!(output(&Bench::new().run(&wat, "").await), "");
}

#[tokio::test]
async fn what_was_granted_is_in_the_environment() {
    let wat = command(
        "(drop (call $environ (i32.const 0) (i32.const 4)))
         (if (i32.ne (i32.load (i32.const 0)) (i32.const 2)) (then unreachable))",
    );
    let bench = Bench::new();
    let module = bench.prepare(&binary(&wat)).await.unwrap();
    let mut call = call("tenant", "");
    call.environment = vec![("A".into(), "1".into()), ("B".into(), "2".into())];
    assert_eq!(
        output(&bench.engine.execute(&module, call).await.unwrap()),
        ""
    );
}

#[test]
fn what_was_granted_and_the_input_are_not_shown_where_a_call_is() {
    let mut call = call("tenant", "hush");
    call.environment = vec![("KEY".into(), "hush".into())];
    let shown = format!("{call:?}");
    assert!(shown.contains("KEY") && !shown.contains("hush"), "{shown}");
}
