use functions_core::function;

#[function]
const fn answer() -> i64 {
    42
}

fn main() {}
