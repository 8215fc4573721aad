use functions_core::function;

#[function(name = "add", name = "sum")]
async fn add(
    #[arg(default = 1, default = 2)] a: i64,
    #[arg(name = "x")]
    #[arg(name = "y")]
    b: i64,
) -> i64 {
    a + b
}

fn main() {}
