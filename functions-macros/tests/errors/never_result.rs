use functions_core::function;

#[function]
async fn forever() -> ! {
    loop {}
}

fn main() {}
