#![allow(unused_variables)]

use functions_core::function;

struct Point {
    x: i64,
}

#[function]
async fn add((a, b): (i64, i64), Point { x }: Point, _: i64, ref c: i64) -> i64 {
    a + b + x + c
}

fn main() {}
