use functions_core::function;

use functions_core::Context;

#[function]
async fn whoami<'a>(context: &'a Context) -> String {
    context.execution_id().to_owned()
}

fn main() {}
