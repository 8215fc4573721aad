use functions_core::function;

use std::rc::Rc;

async fn pause() {}

#[function]
async fn count() -> i64 {
    let count = Rc::new(1);
    pause().await;
    *count
}

fn main() {}
