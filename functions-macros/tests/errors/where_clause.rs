use functions_core::function;

#[function]
async fn echo(value: String) -> String
where
    String: Clone,
{
    value
}

fn main() {}
