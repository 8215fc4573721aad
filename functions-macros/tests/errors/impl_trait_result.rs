use functions_core::function;

#[function]
async fn numbers() -> Result<impl Iterator<Item = i64>, String> {
    Ok(0..3)
}

fn main() {}
