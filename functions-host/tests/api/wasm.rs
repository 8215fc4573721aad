//! Modules for the tests.

/// A module of the pointer ABI around the body of `run`; `allocate` gives out 1024.
pub(crate) fn pointer(run: &str) -> Vec<u8> {
    let wat = format!(
        r#"(module
            (memory (export "memory") 2)
            (func (export "allocate") (param i32) (result i32) (i32.const 1024))
            (func (export "run") (export "also") (param $in i32) (param $len i32) (result i32)
                {run}))"#
    );
    wat::parse_str(wat).unwrap()
}

/// Answers with its input.
pub(crate) fn echo() -> Vec<u8> {
    pointer("(i32.store8 (i32.add (local.get $in) (local.get $len)) (i32.const 0)) (local.get $in)")
}

/// Spins until something ends it.
pub(crate) fn spin() -> Vec<u8> {
    pointer("(loop (br 0)) unreachable")
}

/// A WASI preview 1 command that writes its environment, each variable with a NUL byte
/// behind it, and then calls what no host has.
pub(crate) fn environment() -> Vec<u8> {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "fd_write"
            (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_sizes_get"
            (func $sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_get"
            (func $get (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "sock_accept"
            (func $accept (param i32 i32 i32) (result i32)))
        (memory (export "memory") 4)
        (func (export "_start")
            (drop (call $sizes (i32.const 0) (i32.const 4)))
            (drop (call $get (i32.const 64) (i32.const 4096)))
            (i32.store (i32.const 16) (i32.const 4096))
            (i32.store (i32.const 20) (i32.load (i32.const 4)))
            (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))
            (drop (call $accept (i32.const 0) (i32.const 0) (i32.const 32)))))"#;
    wat::parse_str(wat).unwrap()
}

/// Answers with its input after it has gone round in circles.
pub(crate) fn slow(rounds: u32) -> Vec<u8> {
    pointer(&format!(
        "(local $i i32)
        (loop (br_if 0 (i32.lt_u
            (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {rounds}))))
        (i32.store8 (i32.add (local.get $in) (local.get $len)) (i32.const 0)) (local.get $in)"
    ))
}
