//! Doc comments, and other text that describes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, ExprLit, ExprMacro, Lit, Meta};

/// A description: pieces of text, put together by the compiler, since a piece can
/// be a macro such as `include_str!`.
#[derive(Default)]
pub(crate) struct Description(Vec<Piece>);

enum Piece {
    Text(String),
    Macro(ExprMacro),
}

impl Description {
    /// The whole doc comment among `attributes`.
    pub(crate) fn of_docs(attributes: &[Attribute]) -> Self {
        let mut pieces: Vec<_> = attributes
            .iter()
            .filter_map(doc)
            .filter_map(Piece::of)
            .collect();
        let lines = || {
            let texts = pieces.iter().filter_map(|piece| match piece {
                Piece::Text(text) => Some(text),
                Piece::Macro(_) => None,
            });
            texts.flat_map(|text| text.lines())
        };
        let indent = lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.len() - line.trim_start_matches(' ').len())
            .min()
            .unwrap_or(0);
        for piece in &mut pieces {
            if let Piece::Text(text) = piece {
                *text = unindented(text, indent);
            }
        }
        Self(pieces)
    }

    /// The value of an option: a string, or a macro that gives one.
    pub(crate) fn of_value(value: &Expr) -> Option<Self> {
        Piece::of(value).map(|piece| Self(vec![piece]))
    }

    /// The expression of it. `None` where it is empty.
    pub(crate) fn tokens(&self) -> Option<TokenStream> {
        let mut text = String::new();
        let mut parts = TokenStream::new();
        for (index, piece) in self.0.iter().enumerate() {
            if index > 0 {
                text.push('\n');
            }
            match piece {
                Piece::Text(more) => text.push_str(more),
                Piece::Macro(more) => {
                    parts.extend(quote!(#text, #more,));
                    text.clear();
                }
            }
        }
        if parts.is_empty() {
            let text = text.trim();
            (!text.is_empty()).then(|| quote!(#text))
        } else {
            Some(quote!(::core::concat!(#parts #text)))
        }
    }
}

impl Piece {
    fn of(value: &Expr) -> Option<Self> {
        match value {
            Expr::Group(group) => Self::of(&group.expr),
            Expr::Macro(expression) => Some(Self::Macro(expression.clone())),
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(Self::Text(without_stars(&text.value()))),
            _ => None,
        }
    }
}

/// What a doc attribute says, unless it is one like `#[doc(hidden)]`.
pub(crate) fn doc(attribute: &Attribute) -> Option<&Expr> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => Some(&meta.value),
        _ => None,
    }
}

fn unindented(text: &str, indent: usize) -> String {
    let lines: Vec<_> = text
        .lines()
        .map(|line| line.get(indent..).unwrap_or_default().trim_end())
        .collect();
    lines.join("\n")
}

/// A `/** … */` comment without the star that begins each of its lines.
fn without_stars(text: &str) -> String {
    let mut rest = text.lines();
    let first = rest.next().unwrap_or_default();
    let rest: Option<Vec<_>> = rest
        .map(|line| match line.trim_start() {
            "" => Some(""),
            line => line.strip_prefix('*'),
        })
        .collect();
    match rest {
        Some(rest) if rest.iter().any(|line| !line.is_empty()) => {
            format!("{first}\n{}", rest.join("\n"))
        }
        _ => text.to_owned(),
    }
}
