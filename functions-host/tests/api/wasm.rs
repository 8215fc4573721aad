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
