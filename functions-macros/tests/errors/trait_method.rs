use functions_core::function;

trait Service {
    #[function]
    async fn add(a: i64, b: i64) -> i64;
}

fn main() {}
