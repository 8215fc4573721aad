use functions_core::function;

struct Order {
    price: f64,
}

#[function]
async fn price(order: &Order) -> f64 {
    order.price
}

fn main() {}
