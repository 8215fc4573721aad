//! Which attributes of a function its glue has as well.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

/// Conditions, so that the glue is there where its function is; and what the
/// author does not want to be warned of.
pub(crate) fn of_glue(attributes: &[Attribute]) -> TokenStream {
    attributes.iter().filter_map(of_glue_one).collect()
}

fn of_glue_one(attribute: &Attribute) -> Option<TokenStream> {
    let path = attribute.path();
    if path.is_ident("cfg") || path.is_ident("allow") {
        return Some(attribute.to_token_stream());
    }
    if path.is_ident("deprecated") {
        return Some(quote!(#[allow(deprecated)]));
    }
    let Meta::List(list) = &attribute.meta else {
        return None;
    };
    if path.is_ident("expect") {
        // What is expected of the function need not be found in the glue.
        let lints = &list.tokens;
        return Some(quote!(#[allow(#lints)]));
    }
    if path.is_ident("cfg_attr") {
        let metas = list
            .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .ok()?;
        let mut metas = metas.into_iter();
        let condition = metas.next()?;
        let conditions = metas.filter(|meta| meta.path().is_ident("cfg"));
        return Some(
            conditions
                .map(|meta| quote!(#[cfg_attr(#condition, #meta)]))
                .collect(),
        );
    }
    None
}
