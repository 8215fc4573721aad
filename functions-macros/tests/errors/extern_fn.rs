use functions_core::function;

#[function]
async extern "C" fn answer() -> i64 {
    42
}

fn main() {}
