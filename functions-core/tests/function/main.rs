//! x
use functions_core::{Context, Description, Registry, State, function};

/// Adds two numbers together.
///
///   - indented
#[function]
async fn add_numbers(a: i64, b: i64) -> i64 {
    a + b
}

#[derive(Debug)]
struct Pool;
type Outcome<T> = Result<T, String>;

#[function(name = "divide", description = "Divides a by b", timeout = "5s")]
async fn divide_numbers(
    ctx: &Context,
    /// The dividend
    a: f64,
    _pool: State<Pool>,
    #[arg(default = 1.0)] b: f64,
) -> Outcome<f64> {
    ctx.execution_id();
    Ok(a / b)
}

#[test]
fn x() {
    let r = Registry::collect().unwrap();
    for f in r.iter() {
        println!(
            "{f:?} {}",
            serde_json::to_string_pretty(&Description::of(f)).unwrap()
        );
    }
}
