//! What is public here has to be documented.

use functions_core::function;

/// Public, and documented.
#[function(name = "documented.public")]
pub async fn public(
    /// Documented as well
    a: u8,
) -> u8 {
    a
}
