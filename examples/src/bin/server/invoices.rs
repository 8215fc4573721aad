//! An argument whose name is no Rust name.

use functions_core::function;

/// Counts the invoices.
#[function]
async fn count_invoices(
    /// Whether those that are paid count as well
    #[arg(name = "includePaid")]
    include_paid: bool,
) -> u32 {
    if include_paid { 42 } else { 35 }
}
