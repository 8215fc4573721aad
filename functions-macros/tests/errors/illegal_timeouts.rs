use functions_core::function;

#[function(timeout = "0s")]
async fn zero() {}

#[function(timeout = "soon")]
async fn words() {}

#[function(timeout = "5")]
async fn no_unit() {}

#[function(timeout = "-5s")]
async fn negative() {}

fn main() {}
