use functions_core::function;

struct NotAnError;

#[function]
async fn order() -> Result<i64, NotAnError> {
    Err(NotAnError)
}

#[function]
async fn not_send() -> Result<i64, Box<dyn std::error::Error>> {
    Err("no")?
}

fn main() {}
