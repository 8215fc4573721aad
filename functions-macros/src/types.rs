//! What can be told of a type by how it is written.
//!
//! That is little: an alias can stand for anything. What is left is told by the
//! compiler, by the traits of `functions_core`.

use proc_macro2::{Span, TokenStream};
use syn::{GenericArgument, PathArguments, Type, TypeParamBound, TypeReference};

use crate::errors::Mistakes;

/// The first and the last place of `tokens`. The compiler shows all that lies
/// between where the first and last token of something bear them.
pub(crate) fn ends(tokens: TokenStream) -> (Span, Span) {
    let mut spans = tokens.into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// A type as it was written, also where a macro handed it on.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        other => other,
    }
}

/// The reference that a whole type is.
pub(crate) fn as_reference(ty: &Type) -> Option<&TypeReference> {
    match ungrouped(ty) {
        Type::Reference(reference) => Some(reference),
        _ => None,
    }
}

/// Whether `&ty` may turn out to be `&Context`: whatever has a name of its own,
/// since it can be an alias.
pub(crate) fn may_be_context(ty: &Type) -> bool {
    const OTHERS: [&str; 17] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8",
        "u16", "u32", "u64", "u128", "usize",
    ];
    match ungrouped(ty) {
        Type::Path(path) => match path.path.segments.last() {
            Some(last) => {
                last.arguments.is_none() && OTHERS.iter().all(|other| last.ident != other)
            }
            None => false,
        },
        _ => false,
    }
}

/// Whether a parameter looks as if the server fills it, whose name is seen by no
/// caller.
pub(crate) fn may_be_the_servers(ty: &Type) -> bool {
    match ungrouped(ty) {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            (last.ident == "Context" && last.arguments.is_none())
                || (last.ident == "State" && !last.arguments.is_none())
        }),
        _ => false,
    }
}

/// What a parameter or result cannot be made of.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    Parameter,
    Result,
}

/// Finds what cannot stand in a type of that role: `impl Trait`, `!`, `_`, and
/// anything borrowed for less than `'static`.
pub(crate) fn check(ty: &Type, role: Role, mistakes: &mut Mistakes) {
    match ty {
        Type::ImplTrait(_) => mistakes.at(ty, match role {
            Role::Parameter => "an argument cannot be `impl Trait`, since its type says how it is read; name a type",
            Role::Result => "a result cannot be `impl Trait`, since its type says what callers get; name a type",
        }),
        Type::Never(_) => mistakes.at(ty, "a function has to end; it returns a value, `()` or a `Result`"),
        Type::Infer(_) => mistakes.at(ty, "`_` cannot stand here; name a type"),
        Type::Reference(reference) => {
            let forever = reference.lifetime.as_ref().is_some_and(|l| l.ident == "static");
            match role {
                Role::Parameter => mistakes.at(ty, format!("a function cannot take borrowed arguments, since it owns what it was called with; {}", instead_of(&reference.elem))),
                Role::Result if !forever => mistakes.at(ty, format!("a function cannot return what is borrowed, since its result outlives it; {}", instead_of(&reference.elem))),
                Role::Result => check(&reference.elem, role, mistakes),
            }
        }
        Type::Group(group) => check(&group.elem, role, mistakes),
        Type::Paren(paren) => check(&paren.elem, role, mistakes),
        Type::Array(array) => check(&array.elem, role, mistakes),
        Type::Slice(slice) => check(&slice.elem, role, mistakes),
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| check(ty, role, mistakes)),
        Type::Path(path) => {
            for segment in &path.path.segments {
                if let PathArguments::AngleBracketed(generics) = &segment.arguments {
                    generics.args.iter().for_each(|generic| check_generic(generic, role, mistakes));
                }
            }
        }
        Type::TraitObject(object) => {
            for bound in &object.bounds {
                if let TypeParamBound::Lifetime(lifetime) = bound {
                    check_generic(&GenericArgument::Lifetime(lifetime.clone()), role, mistakes);
                }
            }
        }
        _ => {}
    }
}

fn check_generic(generic: &GenericArgument, role: Role, mistakes: &mut Mistakes) {
    match generic {
        GenericArgument::Type(ty) => check(ty, role, mistakes),
        GenericArgument::Lifetime(lifetime) if lifetime.ident != "static" => {
            mistakes.at(lifetime, match role {
                Role::Parameter => "a function cannot take borrowed arguments, since it owns what it was called with; only `'static` is legal here",
                Role::Result => "a function cannot return what is borrowed, since its result outlives it; only `'static` is legal here",
            });
        }
        _ => {}
    }
}

/// What to write in the place of `&T`.
pub(crate) fn instead_of(ty: &Type) -> String {
    match ungrouped(ty) {
        Type::Path(path) if path.path.is_ident("str") => "use `String`".to_owned(),
        Type::Slice(slice) => {
            let element = &slice.elem;
            format!("use `Vec<{}>`", spelled(element))
        }
        Type::TraitObject(_) => "name a type".to_owned(),
        other => format!("use `{}`", spelled(other)),
    }
}

/// A type on one line, near to how it was written.
fn spelled(ty: &impl quote::ToTokens) -> String {
    let spaced = quote::quote!(#ty).to_string();
    let mut spelled = spaced;
    for (wide, narrow) in [
        (" < ", "<"),
        (" <", "<"),
        (" >", ">"),
        (" ,", ","),
        (" :: ", "::"),
        (":: ", "::"),
        ("& ", "&"),
    ] {
        spelled = spelled.replace(wide, narrow);
    }
    spelled
}
