use functions_core::function;

#[function]
async fn add(
    #[cfg(debug_assertions)] a: i64,
    #[cfg_attr(debug_assertions, allow(unused))] b: i64,
) {
}

fn main() {}
