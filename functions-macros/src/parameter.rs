//! One parameter of a function: what it is called by, what it takes, and what its
//! attributes say of it.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Attribute, Ident, Pat, PatIdent, PatType, Type};

use crate::docs::{self, Description};
use crate::errors::Mistakes;
use crate::options::{ArgOptions, DefaultValue, check_name};
use crate::types::{self, Role};

pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) description: Description,
    /// Its type, without the `&` where it is lent.
    pub(crate) ty: Type,
    /// Whether the function takes a reference, which only `&Context` can be.
    pub(crate) lent: bool,
    pub(crate) default: Option<DefaultValue>,
    /// Where `#[arg]` is, if anywhere.
    pub(crate) arg: Option<Span>,
    pub(crate) ident: Ident,
    /// Where `name` is written.
    pub(crate) name_span: Span,
}

impl Parameter {
    /// Reads a parameter, and takes the attributes off it that are not the
    /// compiler's. `None` is a mistake that has been told.
    pub(crate) fn take(input: &mut PatType, mistakes: &mut Mistakes) -> Option<Self> {
        let (own, others) = input.attrs.drain(..).partition(is_own);
        input.attrs = others;
        let own: Vec<Attribute> = own;
        check_conditions(&input.attrs, mistakes);

        let (args, docs): (Vec<_>, Vec<_>) = own.into_iter().partition(is_arg);
        let options = ArgOptions::parse(&args, mistakes);
        let (ty, lent) = own_type(&input.ty, mistakes);
        let pattern = name_of(&input.pat, mistakes)?;
        let ident = pattern.ident.unraw();
        let (name, name_span) = match options.name {
            Some((name, span)) => (name, span),
            None => {
                let name = ident.to_string();
                check_name(&name, ident.span(), mistakes);
                (name, ident.span())
            }
        };
        if let (true, Some(span)) = (lent, options.span) {
            mistakes.at_span(
                span,
                "`#[arg]` is for what a caller gives; a `&Context` has no name, description or default",
            );
        }
        Some(Self {
            name,
            description: options
                .description
                .unwrap_or_else(|| Description::of_docs(&docs)),
            ty,
            lent,
            default: options.default,
            arg: options.span,
            ident,
            name_span,
        })
    }
}

fn is_own(attribute: &Attribute) -> bool {
    is_arg(attribute) || docs::doc(attribute).is_some()
}

fn is_arg(attribute: &Attribute) -> bool {
    attribute.path().is_ident("arg")
}

/// The compiler drops a parameter whose condition does not hold, after the glue is
/// written.
fn check_conditions(attributes: &[Attribute], mistakes: &mut Mistakes) {
    for attribute in attributes {
        let path = attribute.path();
        if path.is_ident("cfg") || path.is_ident("cfg_attr") {
            mistakes.at(
                attribute,
                "a parameter cannot depend on a condition; put `#[cfg]` on the whole function, and write one for each case",
            );
        }
    }
}

fn name_of<'a>(pattern: &'a Pat, mistakes: &mut Mistakes) -> Option<&'a PatIdent> {
    match pattern {
        Pat::Ident(ident) if ident.by_ref.is_none() && ident.subpat.is_none() => Some(ident),
        Pat::Wild(_) => {
            mistakes.at(
                pattern,
                "an argument needs a name, since callers give it by name; write one, as in `_unused: i64`",
            );
            None
        }
        _ => {
            mistakes.at(
                pattern,
                "an argument cannot be a pattern, since callers give it by name; \
                 write a name, and take it apart in the function",
            );
            None
        }
    }
}

/// The type of the value that the function is given or lent, and which of both.
fn own_type(ty: &Type, mistakes: &mut Mistakes) -> (Type, bool) {
    let lent = types::as_reference(ty).filter(|reference| {
        reference.mutability.is_none()
            && reference.lifetime.is_none()
            && types::may_be_context(&reference.elem)
    });
    if let Some(reference) = lent {
        return ((*reference.elem).clone(), true);
    }
    types::check(ty, Role::Parameter, mistakes);
    (ty.clone(), false)
}
