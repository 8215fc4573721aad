use functions_core::function;

struct Order;

#[function]
async fn order() -> Order {
    Order
}

#[function]
async fn orders() -> Result<Vec<Order>, String> {
    Ok(vec![])
}

fn main() {}
