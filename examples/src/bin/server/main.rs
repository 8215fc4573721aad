//! The example functions, on port 8000: `cargo run`.
//!
//! ```text
//! curl localhost:8000/exec -H 'content-type: application/json' \
//!      -d '{"executionId": "1", "functionName": "add_numbers", "args": {"a": 5, "b": 3}}'
//! ```

mod arithmetic;
mod invoices;
mod slow;
mod text;
mod users;

fn main() -> functions_core::Result<()> {
    functions_core::FunctionServer::new().start()
}
