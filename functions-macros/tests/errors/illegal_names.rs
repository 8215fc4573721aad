#![allow(unused_variables)]

use functions_core::function;

#[function(name = "")]
async fn empty() {}

#[function(name = "add numbers")]
async fn space(#[arg(name = "a/b")] a: i64) {}

#[function(name = "1st")]
async fn digit(#[arg(name = "")] a: i64) {}

#[function(name = "a\0b")]
async fn nul() {}

#[function(name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
async fn long() {}

fn main() {}
