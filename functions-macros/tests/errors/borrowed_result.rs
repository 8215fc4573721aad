use functions_core::function;

use functions_core::Context;

#[function]
async fn whoami(context: &Context) -> &str {
    context.execution_id()
}

fn main() {}
