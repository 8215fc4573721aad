#![allow(unused_variables)]

use functions_core::function;

#[function]
async fn add(a: i64, a: i64) -> i64 {
    a
}

fn main() {}
