#![allow(unused_variables)]

use functions_core::function;

#[function]
async fn print(value: impl ToString, list: Vec<impl ToString>) -> String {
    value.to_string()
}

fn main() {}
