#![allow(unused_variables)]

use functions_core::function;

#[function("add")]
async fn first() {}

#[function(name)]
async fn second() {}

#[function(name("add"), timeout = 5, description = 1)]
async fn third(#[arg] a: i64, #[arg()] b: i64, #[arg(default(1))] c: i64, #[arg(name = 1)] d: i64) {}

#[function(name = "add" timeout = "5s")]
async fn fourth() {}

fn main() {}
