use functions_core::function;

use std::cell::Cell;

use functions_core::State;

#[function]
async fn count(counter: State<Cell<i64>>) -> i64 {
    counter.get()
}

fn main() {}
