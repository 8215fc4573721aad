use functions_core::function;

#[function(nam = "add", retries = 3)]
async fn add(#[arg(defualt = 1)] a: i64) -> i64 {
    a
}

fn main() {}
