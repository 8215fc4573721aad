#![allow(unused_variables)]

use functions_core::function;

use functions_core::{Context, State};

struct Pool;

#[function]
async fn first(#[arg(name = "c")] context: &Context) {}

#[function]
async fn second(#[arg(name = "c")] context: Context) {}

#[function]
async fn third(#[arg(description = "The pool")] pool: State<Pool>) {}

fn main() {}
