use functions_core::function;

use std::rc::Rc;

use functions_core::Context;

async fn pause() {}

#[function]
async fn count(_context: &Context) -> i64 {
    let count = Rc::new(1);
    pause().await;
    *count
}

fn main() {}
