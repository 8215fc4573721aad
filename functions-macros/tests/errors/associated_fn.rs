use functions_core::function;

struct Service;

impl Service {
    #[function]
    async fn add(a: i64, b: i64) -> i64 {
        a + b
    }
}

fn main() {}
