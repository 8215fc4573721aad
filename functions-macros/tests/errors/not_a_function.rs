use functions_core::function;

#[function]
struct Order;

#[function]
pub(crate) enum Color {
    Red,
}

#[function]
impl Order {}

#[function]
mod orders {}

#[function]
const ONE: i64 = 1;

fn main() {}
