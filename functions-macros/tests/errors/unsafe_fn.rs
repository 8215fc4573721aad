use functions_core::function;

#[function]
async unsafe fn answer() -> i64 {
    42
}

fn main() {}
