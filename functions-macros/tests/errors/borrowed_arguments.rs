#![allow(unused_variables)]

use functions_core::function;

use std::borrow::Cow;

struct Order;

#[function]
async fn greet(
    name: &str,
    numbers: &[i64],
    count: &i64,
    order: &mut Order,
    nick: Option<&'static str>,
    text: Cow<'_, str>,
) -> String {
    String::new()
}

fn main() {}
