use functions_core::function;

enum Result {
    Good,
}

#[function]
async fn order() -> Result {
    Result::Good
}

fn main() {}
