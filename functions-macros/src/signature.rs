//! What a function says of itself, and whether that can be served.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, FnArg, Ident, ReturnType, Safety, Type, Visibility};

use crate::errors::Mistakes;
use crate::options::check_name;
use crate::parameter::Parameter;
use crate::types::{self, Role};

/// A function as it was written.
///
/// Its body is not looked into: that saves the time, and a body that is being
/// typed does not hide what the signature says.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: syn::Signature,
    pub(crate) body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: input.parse()?,
        })
    }
}

/// What the glue of a function is written from.
pub(crate) struct Signature {
    pub(crate) ident: Ident,
    /// The name in the source, without the `r#` of a raw identifier.
    pub(crate) name: String,
    pub(crate) parameters: Vec<Parameter>,
    /// `None` is `()`.
    pub(crate) returns: Option<Type>,
}

impl Signature {
    /// Reads the signature of `function`, and takes the attributes off its
    /// parameters that are not the compiler's.
    pub(crate) fn take(function: &mut Function, mistakes: &mut Mistakes) -> Self {
        check_modifiers(function, mistakes);
        let signature = &mut function.signature;
        let mut parameters = Vec::new();
        for input in &mut signature.inputs {
            match input {
                FnArg::Typed(input) => parameters.extend(Parameter::take(input, mistakes)),
                FnArg::Receiver(receiver) => mistakes.at(
                    receiver,
                    "a function takes no `self`, since it is called on nothing; \
                     what functions share is given to them as `State<T>`",
                ),
            }
        }
        check_names(&parameters, mistakes);
        let returns = match &signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => {
                types::check(ty, Role::Result, mistakes);
                Some((**ty).clone())
            }
        };
        Self {
            name: signature.ident.unraw().to_string(),
            ident: signature.ident.clone(),
            parameters,
            returns,
        }
    }

    /// Checks the name in the source, where callers are to use it.
    pub(crate) fn check_name(&self, mistakes: &mut Mistakes) {
        check_name(&self.name, self.ident.span(), mistakes);
    }
}

fn check_modifiers(function: &Function, mistakes: &mut Mistakes) {
    let signature = &function.signature;
    if signature.asyncness.is_none() {
        mistakes.at(
            signature.fn_token,
            "a function is async, so that others run while it waits; write `async fn`",
        );
    }
    if let Some(token) = &signature.constness {
        mistakes.at(token, "a function cannot be `const`; write `async fn`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        mistakes.at(
            token,
            "a function cannot be `unsafe`, since its callers are far away and can promise nothing; write `async fn`",
        );
    }
    if let Some(abi) = &signature.abi {
        mistakes.at(
            abi,
            "a function cannot be `extern`, since it is called over the network; write `async fn`",
        );
    }
    if let Some(variadic) = &signature.variadic {
        mistakes.at(
            variadic,
            "a function takes a fixed number of arguments; for any number, take a `Vec<T>`",
        );
    }
    let generics = &signature.generics;
    if !generics.params.is_empty() {
        mistakes.at(
            generics,
            "a function cannot be generic, since callers send values and no types; name the types",
        );
    }
    if let Some(clause) = &generics.where_clause {
        mistakes.at(
            clause,
            "a function cannot have a `where` clause, since it is not generic; name the types",
        );
    }
    let mut body = function.body.clone().into_iter();
    if !matches!(body.next(), Some(TokenTree::Group(_))) {
        mistakes.at(
            &signature.ident,
            "a function needs a body; methods of a trait cannot be served",
        );
    }
}

/// Two arguments of one name. Where the identifiers are the same, the compiler
/// says so itself.
fn check_names(parameters: &[Parameter], mistakes: &mut Mistakes) {
    let by_caller = |parameter: &&Parameter| !types::may_be_the_servers(&parameter.ty);
    let parameters: Vec<_> = parameters.iter().filter(by_caller).collect();
    for (index, parameter) in parameters.iter().enumerate() {
        let taken = parameters
            .iter()
            .take(index)
            .any(|other| other.name == parameter.name && other.ident != parameter.ident);
        if taken {
            mistakes.at_span(
                parameter.name_span,
                format!(
                    "there is another argument by the name {:?}; give each a name of its own",
                    parameter.name
                ),
            );
        }
    }
}
