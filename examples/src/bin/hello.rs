//! The smallest server: one function, on port 8000.

use functions_core::{FunctionServer, function};

/// Greets somebody.
#[function]
async fn hello(name: String) -> String {
    format!("Hello, {name}!")
}

fn main() -> functions_core::Result<()> {
    FunctionServer::new().start()
}

#[cfg(test)]
mod tests {
    use super::hello;

    #[tokio::test]
    async fn somebody_is_greeted_by_name() {
        assert_eq!(hello("Ada".to_owned()).await, "Hello, Ada!");
    }
}
