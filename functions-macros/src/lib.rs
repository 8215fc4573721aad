//! The attribute of `functions-core`.
//!
//! Use it through `functions_core::function`; this crate is where it is made.
//!
//! It works in stages: what is in the parentheses (`options`), what the function
//! says (`signature`) with each parameter (`parameter`), and the tokens that come
//! out (`expand`): the function and its `glue`. No stage stops at a mistake: `errors` tells all of them at once,
//! and the function itself comes out in any case.

mod attributes;
mod docs;
mod errors;
mod expand;
mod glue;
mod options;
mod parameter;
mod signature;
mod types;

use proc_macro::TokenStream;

#[doc = include_str!("function.md")]
#[proc_macro_attribute]
pub fn function(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::function(options.into(), item.into()).into()
}
