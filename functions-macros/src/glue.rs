//! The glue of a function: what makes it known, and calls it.
//!
//! It is a single value that is submitted to the registry. It brings no name into
//! the scope of the user's tokens but those of the defaults, so that it cannot be
//! mistaken for anything of theirs, and works where there is no prelude.
//!
//! What the compiler finds wrong with it, it shows where the glue's tokens say
//! they are. So they bear the places of the types and names that they are about.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Attribute;

use crate::attributes;
use crate::docs::Description;
use crate::options::{DefaultValue, Options};
use crate::parameter::Parameter;
use crate::signature::Signature;
use crate::types::ends;

pub(crate) struct Glue<'a> {
    attributes: &'a [Attribute],
    signature: &'a Signature,
    options: &'a Options,
    /// The name of `functions_core` here.
    library: String,
    /// The path of what the glue refers to, at `place`.
    private: TokenStream,
    /// The place of the function's name, and of nothing that the user wrote.
    place: Span,
}

impl<'a> Glue<'a> {
    pub(crate) fn new(
        attributes: &'a [Attribute],
        signature: &'a Signature,
        options: &'a Options,
    ) -> Self {
        let place = Span::call_site().located_at(signature.ident.span());
        let library = library();
        Self {
            attributes,
            signature,
            options,
            private: private_of(&library, place),
            library,
            place,
        }
    }

    pub(crate) fn tokens(&self) -> TokenStream {
        let Self { private, place, .. } = self;
        let attributes = attributes::of_glue(self.attributes);
        let defaults = self.defaults();
        let name = self.options.name.as_ref().unwrap_or(&self.signature.name);
        let parameters = self.signature.parameters.iter().enumerate();
        let parameters = parameters.map(|(index, parameter)| self.parameter(index, parameter));
        let kind = self.kind();
        let invoke = self.invoke();
        // `new` notes where it is called: in the line of the function's name.
        let ident = self.signature.ident.span();
        let arguments = quote_spanned! {*place=>
            #name,
            const { &[#(#parameters),*] },
            |generator| #kind.schema(generator),
            #invoke
        };
        let library = private_of(&self.library, ident);
        let mut function = quote_spanned!(ident=> #library::Function::new(#arguments));
        let description = match &self.options.description {
            Some(description) => description.tokens(),
            None => Description::of_docs(self.attributes).tokens(),
        };
        if let Some(description) = description {
            function.extend(quote_spanned!(*place=> .with_description(#description)));
        }
        if let Some(timeout) = self.options.timeout {
            let (seconds, nanoseconds) = (timeout.as_secs(), timeout.subsec_nanos());
            function.extend(quote_spanned!(*place=> .with_timeout(#seconds, #nanoseconds)));
        }
        quote_spanned! {*place=>
            #attributes
            const _: () = {
                #defaults
                #private::inventory::submit! { #function }
            };
        }
    }

    /// A constant for each default: it is asked for in two places.
    fn defaults(&self) -> TokenStream {
        let parameters = self.signature.parameters.iter().enumerate();
        let defaults = parameters.filter_map(|(index, parameter)| {
            let value = match parameter.default.as_ref()? {
                DefaultValue::Expression(value) => value.to_token_stream(),
                DefaultValue::OfType(span) => {
                    let span = Span::call_site().located_at(*span);
                    quote_spanned!(span=> ::core::default::Default::default())
                }
            };
            let name = self.default_name(index);
            let ty = &parameter.ty;
            Some(quote_spanned!(self.place=> const #name: fn() -> #ty = || #value;))
        });
        defaults.collect()
    }

    fn default_name(&self, index: usize) -> Ident {
        format_ident!("__FUNCTIONS_CORE_DEFAULT_{index}", span = self.place)
    }

    /// How a parameter is described.
    fn parameter(&self, index: usize, parameter: &Parameter) -> TokenStream {
        let Self { private, place, .. } = self;
        let name = &parameter.name;
        let description = parameter.description.tokens().unwrap_or_else(|| quote!(""));
        let mut tokens = self.of_type(parameter, "PARAMETER");
        tokens.extend(quote_spanned!(*place=> .named(#name, #description)));
        if let Some(span) = parameter.arg {
            tokens.extend(quote_spanned!(span=> .from_caller()));
        }
        if parameter.default.is_some() {
            let default = self.default_name(index);
            tokens.extend(quote_spanned! {*place=>
                .with_default(|| #private::DefaultOf(#default).json())
            });
        }
        tokens
    }

    /// Where the value of a parameter goes.
    fn slot(&self, index: usize, parameter: &Parameter) -> TokenStream {
        let mut slot = self.of_type(parameter, "SLOT");
        if parameter.default.is_some() {
            let default = self.default_name(index);
            slot.extend(quote_spanned!(self.place=> .or(#default)));
        }
        slot
    }

    /// `<T as FromCall>::…`, in the place of the type. It is written alike wherever
    /// it is, so that a type that cannot be a parameter is one error.
    fn of_type(&self, parameter: &Parameter, what: &str) -> TokenStream {
        let ty = &parameter.ty;
        let (first, last) = ends(ty.to_token_stream());
        let way = if parameter.lent {
            "LentByCall"
        } else {
            "FromCall"
        };
        let (way, what) = (Ident::new(way, last), Ident::new(what, last));
        let private = &self.private;
        let mut tokens = quote_spanned!(first=> <);
        tokens.extend(quote_spanned!(last=> #ty as #private::#way>::#what));
        tokens
    }

    /// What kind of result there is, in the place of the return type.
    fn kind(&self) -> TokenStream {
        let private = &self.private;
        let Some(ty) = &self.signature.returns else {
            return quote_spanned!(self.place=> #private::Returned::<()>::new().kind());
        };
        let (first, last) = ends(ty.to_token_stream());
        let mut tokens = quote_spanned!(first=> <);
        tokens.extend(quote_spanned!(last=> #private::Returned<#ty>>::new().kind()));
        tokens
    }

    fn invoke(&self) -> TokenStream {
        let Self { place, .. } = self;
        let ident = &self.signature.ident;
        let local = |name: &str| Ident::new(name, Span::mixed_site().located_at(ident.span()));
        let call = local("call");
        let (mut slots, mut names) = (quote!(()), quote!(()));
        let (mut passed, mut lends) = (Vec::new(), false);
        let parameters = self.signature.parameters.iter().enumerate();
        for (index, parameter) in parameters.rev() {
            let slot = self.slot(index, parameter);
            let value = local(&format!("value_{index}"));
            slots = quote_spanned!(*place=> (#slot, #slots));
            names = quote_spanned!(*place=> (#value, #names));
            passed.push(if parameter.lent {
                lends = true;
                quote_spanned!(ident.span()=> &#value)
            } else {
                value.to_token_stream()
            });
        }
        let passed = passed.iter().rev();
        let mut called = ident.clone();
        if self.signature.name.starts_with('_') {
            // To clippy, the author would use what is marked as unused.
            called.set_span(*place);
        }
        let mut future = quote_spanned!(ident.span()=> #called(#(#passed),*));
        if lends {
            future = quote_spanned!(ident.span()=> async move { #future.await });
        }
        let kind = self.kind();
        quote_spanned! {*place=>
            |#call| {
                let #names = #call.arguments(#slots)?;
                ::core::result::Result::Ok(#kind.start(#call, #future))
            }
        }
    }
}

fn private_of(library: &str, place: Span) -> TokenStream {
    let library = Ident::new(library, place);
    quote_spanned!(place=> ::#library::__private)
}

/// The name under which `functions_core` is known where the macro is used.
fn library() -> String {
    match crate_name("functions-core") {
        Ok(FoundCrate::Name(name)) => name,
        Ok(FoundCrate::Itself) | Err(_) => "functions_core".to_owned(),
    }
}
