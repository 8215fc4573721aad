//! x
use proc_macro::TokenStream;
/// x
#[proc_macro_attribute]
pub fn function(_: TokenStream, item: TokenStream) -> TokenStream {
    item
}
