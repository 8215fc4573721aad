//! Numbers in, numbers out: arguments, names of one's own, errors.

use functions_core::function;
use schemars::JsonSchema;
use serde::Serialize;

/// Adds two numbers together.
#[function]
async fn add_numbers(
    /// The first number
    a: i64,
    /// The second number
    b: i64,
) -> Result<i64, ArithmeticError> {
    a.checked_add(b).ok_or(ArithmeticError::TooLarge)
}

/// Multiplies two numbers. It is called by another name than it has here.
#[function(name = "multiply")]
async fn multiply_numbers(x: f64, y: f64) -> f64 {
    x * y
}

#[function(name = "divide", description = "Divides a by b", timeout = "5s")]
async fn divide_numbers(
    /// The dividend
    a: f64,
    /// The divisor
    b: f64,
) -> Result<f64, ArithmeticError> {
    if b == 0.0 {
        return Err(ArithmeticError::DivisionByZero);
    }
    Ok(a / b)
}

/// Adds two numbers, as in the first steps of the documentation.
#[function(name = "calculate_sum")]
async fn my_addition_function(a: i64, b: i64) -> Result<i64, ArithmeticError> {
    add_numbers(a, b).await
}

/// What can go wrong with numbers. The message is what the caller reads.
#[derive(Debug, thiserror::Error)]
enum ArithmeticError {
    #[error("Cannot divide by zero")]
    DivisionByZero,
    #[error("The result is too large for 64 bits")]
    TooLarge,
}

/// Tells the smallest, the largest, the mean and the sum of some numbers.
#[function]
async fn calculate_stats(
    /// All 0 where there are none
    numbers: Vec<f64>,
) -> Stats {
    let count = numbers.len();
    if count == 0 {
        return Stats::default();
    }
    let sum: f64 = numbers.iter().sum();
    Stats {
        min: numbers.iter().copied().fold(f64::INFINITY, f64::min),
        max: numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        avg: sum / count as f64,
        sum,
        count,
    }
}

#[derive(Debug, Default, Serialize, JsonSchema)]
struct Stats {
    min: f64,
    max: f64,
    avg: f64,
    sum: f64,
    count: usize,
}
