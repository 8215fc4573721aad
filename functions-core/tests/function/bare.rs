//! A module with nothing in scope.
#![no_implicit_prelude]

use ::functions_core::{Context, State, function};

struct Pool;

#[function(name = "bare.everything", description = "All there is", timeout = "1s")]
async fn everything(
    _context: &Context,
    _pool: State<Pool>,
    a: ::std::string::String,
    b: ::core::option::Option<i64>,
    #[arg(default)] c: bool,
    #[arg(default = 1.5, name = "d", description = "A number")] _d: f64,
) -> ::core::result::Result<::std::string::String, ::std::string::String> {
    if c && b.is_some() {
        ::core::result::Result::Err(a)
    } else {
        ::core::result::Result::Ok(a)
    }
}
