#![allow(unused_variables)]

use functions_core::function;

use functions_core::State;

struct Pool;

#[function]
async fn count(pool: &State<Pool>) -> i64 {
    0
}

fn main() {}
