use functions_core::function;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Order {
    price: f64,
}

#[function]
async fn price(#[arg(default)] order: Order) -> f64 {
    order.price
}

fn main() {}
