//! What is in the parentheses of `#[function(…)]` and of `#[arg(…)]`.

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, Token};

use crate::docs::Description;
use crate::errors::Mistakes;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 128;

/// What `#[function(…)]` says.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<Description>,
    pub(crate) timeout: Option<Duration>,
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream, mistakes: &mut Mistakes) -> Self {
        const LEGAL: &str = "the options of a function are `name`, `description` and `timeout`, as in \
             `#[function(name = \"divide\", timeout = \"5s\")]`";

        let mut options = Self::default();
        for (key, meta) in entries(tokens, LEGAL, mistakes) {
            match &*key.to_string() {
                "name" => options.name = name(&meta, mistakes).map(|(name, _)| name),
                "description" => options.description = description(&meta, mistakes),
                "timeout" => options.timeout = timeout(&meta, mistakes),
                _ => mistakes.at(&key, format!("unknown option `{key}`; {LEGAL}")),
            }
        }
        options
    }
}

/// What the `#[arg(…)]` of a parameter say.
#[derive(Default)]
pub(crate) struct ArgOptions {
    pub(crate) name: Option<(String, Span)>,
    pub(crate) description: Option<Description>,
    pub(crate) default: Option<DefaultValue>,
    /// Where the first of them is.
    pub(crate) span: Option<Span>,
}

/// The value of an argument that was not given.
pub(crate) enum DefaultValue {
    /// That of its type. Where it is asked for.
    OfType(Span),
    Expression(Expr),
}

impl ArgOptions {
    pub(crate) fn parse(attributes: &[Attribute], mistakes: &mut Mistakes) -> Self {
        const LEGAL: &str = "the options of an argument are `default`, `name` and `description`, as in \
             `#[arg(name = \"b\", default = 1.0)]`";

        let mut options = Self::default();
        let mut tokens = TokenStream::new();
        for attribute in attributes {
            options.span.get_or_insert(span_of(attribute.path()));
            match &attribute.meta {
                Meta::List(list) if !list.tokens.is_empty() => {
                    if !tokens.is_empty() {
                        tokens.extend(quote::quote!(,));
                    }
                    tokens.extend(list.tokens.clone());
                }
                _ => mistakes.at(attribute, format!("`#[arg]` says nothing; {LEGAL}")),
            }
        }
        for (key, meta) in entries(tokens, LEGAL, mistakes) {
            match (&*key.to_string(), &meta) {
                ("name", _) => options.name = name(&meta, mistakes),
                ("description", _) => options.description = description(&meta, mistakes),
                ("default", Meta::Path(_)) => {
                    options.default = Some(DefaultValue::OfType(key.span()));
                }
                ("default", Meta::NameValue(meta)) => {
                    options.default = Some(DefaultValue::Expression(meta.value.clone()));
                }
                ("default", Meta::List(_)) => mistakes.at(
                    &meta,
                    "a default is written `default = EXPRESSION`, or `default` for that of the type",
                ),
                _ => mistakes.at(&key, format!("unknown option `{key}`; {LEGAL}")),
            }
        }
        options
    }
}

/// The entries of a list of options: those that are well formed, each key once.
fn entries(tokens: TokenStream, legal: &str, mistakes: &mut Mistakes) -> Vec<(Ident, Meta)> {
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let metas = match parser.parse2(tokens) {
        Ok(metas) => metas,
        Err(error) => {
            mistakes.at_span(error.span(), format!("{error}; {legal}"));
            return Vec::new();
        }
    };
    let mut entries = Vec::<(Ident, Meta)>::new();
    for meta in metas {
        let Some(key) = meta.path().get_ident().cloned() else {
            mistakes.at(meta.path(), format!("unknown option; {legal}"));
            continue;
        };
        if entries.iter().any(|(other, _)| *other == key) {
            mistakes.at(&meta, format!("`{key}` is given twice; give it once"));
        } else {
            entries.push((key, meta));
        }
    }
    entries
}

fn name(meta: &Meta, mistakes: &mut Mistakes) -> Option<(String, Span)> {
    let name = text(
        meta,
        r#"a name is a string, as in `name = "divide"`"#,
        mistakes,
    )?;
    check_name(&name.value(), name.span(), mistakes);
    Some((name.value(), name.span()))
}

/// Whether callers can call something by this name.
pub(crate) fn check_name(name: &str, span: Span, mistakes: &mut Mistakes) {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mistake = if name.is_empty() {
        "the name is empty".to_owned()
    } else if name.len() > LONGEST_NAME {
        format!("the name is {} bytes long", name.len())
    } else if let Some(c) = name.chars().find(|c| !inside(*c)) {
        format!("{c:?} cannot stand in the name {name:?}")
    } else if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        format!("the name {name:?} does not begin with a letter")
    } else {
        return;
    };
    mistakes.at_span(
        span,
        format!(
            "{mistake}; a name is 1 to {LONGEST_NAME} bytes of letters, digits, `_`, `-` and `.`, \
             beginning with a letter or `_`"
        ),
    );
}

fn description(meta: &Meta, mistakes: &mut Mistakes) -> Option<Description> {
    let description = match meta {
        Meta::NameValue(meta) => Description::of_value(&meta.value),
        _ => None,
    };
    if description.is_none() {
        mistakes.at(
            meta,
            r#"a description is a string, as in `description = "Divides a by b"`, or a macro that gives one, such as `include_str!`"#,
        );
    }
    description
}

fn timeout(meta: &Meta, mistakes: &mut Mistakes) -> Option<Duration> {
    const LEGAL: &str = r#"a timeout is a string such as "5s", "500ms", "2m" or "1h 30m""#;

    let text = text(meta, LEGAL, mistakes)?;
    match humantime::parse_duration(&text.value()) {
        Ok(timeout) if !timeout.is_zero() => return Some(timeout),
        Ok(_) => mistakes.at(
            &text,
            format!("a timeout of zero leaves no time to run; {LEGAL}"),
        ),
        Err(error) => mistakes.at(
            &text,
            format!("{:?} is no timeout: {error}; {LEGAL}", text.value()),
        ),
    }
    None
}

/// The value of `key = "text"`.
fn text(meta: &Meta, legal: &str, mistakes: &mut Mistakes) -> Option<LitStr> {
    let text = match meta {
        Meta::NameValue(meta) => literal(&meta.value),
        _ => None,
    };
    if text.is_none() {
        mistakes.at(meta, legal);
    }
    text
}

/// The text that an expression is, also where a macro handed it on.
fn literal(value: &Expr) -> Option<LitStr> {
    match value {
        Expr::Group(group) => literal(&group.expr),
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.clone()),
        _ => None,
    }
}

fn span_of(path: &Path) -> Span {
    path.get_ident().map_or_else(Span::call_site, Ident::span)
}
