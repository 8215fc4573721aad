#![allow(unused_variables)]

use functions_core::function;

#[function]
async fn sum(numbers: ...) -> i64 {
    0
}

fn main() {}
