//! The small module that is run: it copies its input.

use bytes::Bytes;

pub(crate) const WAT: &str = r#"(module
    (memory (export "memory") 2)
    (data (i32.const 4096) "some data that a module of a compiler has")
    (func (export "allocate") (param i32) (result i32) (i32.const 1024))
    (func (export "run") (param $in i32) (param $len i32) (result i32)
        (local $i i32)
        (loop $again
            (i32.store8 (i32.add (i32.const 8192) (local.get $i))
                (i32.load8_u (i32.add (local.get $in) (local.get $i))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (local.get $len))))
        (i32.store8 (i32.add (i32.const 8192) (local.get $len)) (i32.const 0))
        (i32.const 8192)))"#;

pub(crate) const INPUT: &str = r#"{"name":"somebody","numbers":[1,2,3,4,5,6,7,8,9]}"#;

pub(crate) fn wasm() -> Bytes {
    wat::parse_str(WAT).unwrap().into()
}
