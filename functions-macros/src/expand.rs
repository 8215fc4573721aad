//! The tokens that come out: the function as it was, and its glue.
//!
//! A mistake leaves the function there, so that whoever uses it, and the editor,
//! still knows it; only the glue is left out.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::errors::Mistakes;
use crate::glue::Glue;
use crate::options::Options;
use crate::signature::{Function, Signature};

pub(crate) fn function(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let options = Options::parse(options, &mut mistakes);
    let mut function = match syn::parse2::<Function>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            mistakes.push(not_a_function(&item, &error));
            let errors = mistakes.into_tokens();
            return quote!(#item #errors);
        }
    };
    let signature = Signature::take(&mut function, &mut mistakes);
    if options.name.is_none() {
        signature.check_name(&mut mistakes);
    }
    match mistakes.into_tokens() {
        None => {
            let glue = Glue::new(&function.attributes, &signature, &options).tokens();
            // It is async because a function has to be.
            quote!(#[allow(clippy::unused_async)] #function #glue)
        }
        // Nothing calls it as yet, which is not another mistake.
        Some(errors) => quote!(#[allow(dead_code)] #function #errors),
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// What is wrong with an item that does not read as a function.
fn not_a_function(item: &TokenStream, error: &syn::Error) -> syn::Error {
    const OTHERS: [&str; 11] = [
        "struct",
        "enum",
        "union",
        "trait",
        "impl",
        "mod",
        "static",
        "const",
        "type",
        "use",
        "macro_rules",
    ];
    const LEGAL: &str = "`#[function]` goes on an `async fn`";

    let mut words = item.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word),
        _ => None,
    });
    let word = words.find(|word| word == "fn" || OTHERS.iter().any(|other| word == other));
    match word {
        Some(word) if word != "fn" => {
            syn::Error::new(word.span(), format!("this is no function; {LEGAL}"))
        }
        _ => syn::Error::new(error.span(), format!("{error}; {LEGAL}")),
    }
}
