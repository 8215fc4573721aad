use functions_core::function;

#[function]
async fn echo<T: Clone>(value: T) -> T {
    value
}

fn main() {}
