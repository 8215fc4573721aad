use functions_core::function;

#[function]
async fn add(#[arg(default = "1")] a: i64) -> i64 {
    a
}

fn main() {}
